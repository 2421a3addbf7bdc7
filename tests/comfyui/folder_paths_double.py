"""A stand-in for ComfyUI's `folder_paths`, for tests without ComfyUI.

It keeps the part of the contract of ComfyUI 0.33 (August 2026) that the shim and the views rely on, written from
that contract and none of ComfyUI's code:

- `folder_names_and_paths` holds for each kind its folders and the endings it lists; no ending means every file.
- `add_model_folder_path` appends a folder once, or moves it to the front as the default; a kind that is not there
  yet is created without endings; `unet` and `clip` are other names of `diffusion_models` and `text_encoders`.
- A list is walked through links to folders, `.git` left out; broken links stay in it, `get_full_path` passes them by.
- A list is remembered in `filename_list_cache` with the mtime of every folder seen, by its path through links. It is
  served again while each mtime *equals* the remembered one and no existing root is new; mtimes of files do not count.
- A remembered folder that is gone makes every listing of its kind raise `FileNotFoundError` until it is back.

Call `reset` before each test.
"""

import os
import time

ALIASES = {"unet": "diffusion_models", "clip": "text_encoders"}
MODEL_ENDINGS = {".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft"}
FOLDERS_OF_KINDS = {
    "checkpoints": ["checkpoints"],
    "loras": ["loras"],
    "vae": ["vae"],
    "text_encoders": ["text_encoders", "clip"],
    "diffusion_models": ["unet", "diffusion_models"],
    "embeddings": ["embeddings"],
    "upscale_models": ["upscale_models"],
    "configs": ["configs"],
}

models_dir = ""
folder_names_and_paths = {}
filename_list_cache = {}


def reset(base_path):
    """ComfyUI as freshly started in `base_path`: its own folders made and registered, nothing remembered."""
    global models_dir
    models_dir = os.path.join(base_path, "models")
    folder_names_and_paths.clear()
    filename_list_cache.clear()
    for kind, names in FOLDERS_OF_KINDS.items():
        folders = [os.path.join(models_dir, name) for name in names]
        for folder in folders:
            os.makedirs(folder, exist_ok=True)
        folder_names_and_paths[kind] = (folders, set(MODEL_ENDINGS))
    folder_names_and_paths["custom_nodes"] = ([os.path.join(base_path, "custom_nodes")], set())


def add_model_folder_path(folder_name, full_folder_path, is_default=False):
    folders, _ = folder_names_and_paths.setdefault(_canonical(folder_name), ([], set()))
    if is_default and full_folder_path in folders:
        folders.remove(full_folder_path)
    if full_folder_path not in folders:
        folders.insert(0 if is_default else len(folders), full_folder_path)


def get_folder_paths(folder_name):
    return list(folder_names_and_paths[_canonical(folder_name)][0])


def get_filename_list(folder_name):
    kind = _canonical(folder_name)
    if not _is_fresh(kind):
        filename_list_cache[kind] = _list(*folder_names_and_paths[kind])
    return list(filename_list_cache[kind][0])


def get_full_path(folder_name, filename):
    candidates = (os.path.join(folder, filename) for folder in get_folder_paths(folder_name))
    return next((path for path in candidates if os.path.isfile(path)), None)


def _canonical(kind):
    return ALIASES.get(kind, kind)


def _is_fresh(kind):
    if kind not in filename_list_cache:
        return False
    _, mtimes, _ = filename_list_cache[kind]
    if any(os.path.getmtime(folder) != mtime for folder, mtime in mtimes.items()):
        return False
    return all(folder in mtimes for folder in folder_names_and_paths[kind][0] if os.path.isdir(folder))


def _list(roots, endings):
    names, mtimes = set(), {}
    for root in roots:
        for folder, subfolders, files in os.walk(root, followlinks=True):
            subfolders[:] = [name for name in subfolders if name != ".git"]
            mtimes[folder] = os.path.getmtime(folder)
            for file in files:
                if not endings or os.path.splitext(file)[1].lower() in endings:
                    names.add(os.path.relpath(os.path.join(folder, file), root))
    return sorted(names), mtimes, time.perf_counter()
