"""ComfyUI for `lists.test.ts`: one process that never restarts. Asked for a kind, it answers with the list.

Each line of standard input is the JSON of a list of kinds; each line of standard output the JSON of their lists.
"""

import importlib
import json
import pathlib
import sys
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import folder_paths_double  # noqa: E402


def load_model_folders():
    """The part of the shim that registers folders; the rest of it needs a web server."""
    sys.modules["folder_paths"] = folder_paths_double
    package = types.ModuleType("synapse_shim")
    package.__path__ = [str(HERE.parent.parent / "comfy-extension")]
    sys.modules["synapse_shim"] = package
    return importlib.import_module("synapse_shim.model_folders")


if __name__ == "__main__":
    folder_paths_double.reset(sys.argv[1])
    print(json.dumps(load_model_folders().register()), flush=True)
    for line in sys.stdin:
        kinds = json.loads(line)
        print(json.dumps({kind: folder_paths_double.get_filename_list(kind) for kind in kinds}), flush=True)
