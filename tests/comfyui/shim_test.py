"""The Python shim against doubles of ComfyUI and of the service. Run: python3 -m unittest tests/comfyui/shim_test.py

The doubles speak plain sockets, so that what is sent is seen to the byte.
"""

import asyncio
import contextlib
import gzip
import importlib
import json
import logging
import os
import pathlib
import runpy
import socket
import sys
import tempfile
import threading
import time
import types
import unittest
import zlib

HERE = pathlib.Path(__file__).resolve().parent
SHIM = HERE.parent.parent / "comfy-extension"
TOKEN = "secret-token-of-the-owner"
BOUND_MS = 400
# Thread starts and loaded machines; far below what an unbounded wait would take.
SLACK_SECONDS = 0.5

sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import folder_paths_double  # noqa: E402

try:
    import aiohttp
    from aiohttp import web
except ImportError:
    aiohttp = web = None
    print("\n*** SKIPPED: aiohttp is not installed, so the ROUTES OF THE SHIM ARE NOT TESTED ***\n", file=sys.stderr)

logging.getLogger().setLevel(logging.INFO)


def load_shim():
    """The shim's package without running its `__init__`, so that its modules can be had one by one."""
    sys.modules["folder_paths"] = folder_paths_double
    for name in [name for name in sys.modules if name.split(".")[0] == "synapse_shim"]:
        del sys.modules[name]
    package = types.ModuleType("synapse_shim")
    package.__path__ = [str(SHIM)]
    sys.modules["synapse_shim"] = package
    return package


def restore_variable(name, value):
    os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value


class WithHome(unittest.TestCase):
    """A test with a home of its own; the real one is never read."""

    def setUp(self):
        self.base = pathlib.Path(self.enter(tempfile.TemporaryDirectory()))
        for name in ("SYNAPSE_HOME", "SYNAPSE_VIEW"):
            self.addCleanup(restore_variable, name, os.environ.pop(name, None))
        os.environ["SYNAPSE_HOME"] = str(self.base / "home")
        (self.base / "home" / "run").mkdir(parents=True)
        folder_paths_double.reset(str(self.base / "ComfyUI"))
        load_shim()

    def enter(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def write_run_file(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content)
        (self.base / "home" / "run" / name).write_text(text, encoding="utf-8")

    def write_service(self, url, **more):
        service = {"url": url, "pid": 1, "root": "/store", "token": TOKEN, "startup_timeout_ms": BOUND_MS, **more}
        self.write_run_file("service.json", service)


class Folders(WithHome):
    def setUp(self):
        super().setUp()
        self.stamp = time.time() - 1000
        self.active = self.base / "views" / "active"

    def make_profile(self, name, files, folders=("checkpoints", "loras", "text_encoders", "diffusion_models")):
        models = self.base / "views" / "profiles" / name / "models"
        for folder in folders:
            (models / folder).mkdir(parents=True)
        for file in files:
            (models / file).write_bytes(b"x")
        self.stamp += 1
        for folder in folders:
            os.utime(models / folder, (self.stamp, self.stamp))

    def flip(self, name):
        temporary = self.active.with_name("active.tmp")
        temporary.symlink_to(f"profiles/{name}")
        temporary.replace(self.active)

    def use_view(self):
        self.write_run_file("comfyui.json", {"view": str(self.active)})

    def register(self):
        model_folders = importlib.import_module("synapse_shim.model_folders")
        return model_folders, model_folders.register()

    def test_lists_the_view_behind_the_own_folders(self):
        self.make_profile("a", ["checkpoints/a.safetensors", "text_encoders/t.safetensors"])
        self.flip("a")
        self.use_view()
        own = folder_paths_double.get_folder_paths("checkpoints")
        _, outcome = self.register()
        self.assertEqual(outcome, f"models of {self.active} listed for 4 kinds")
        self.assertEqual(folder_paths_double.get_filename_list("checkpoints"), ["a.safetensors"])
        self.assertEqual(folder_paths_double.get_filename_list("clip"), ["t.safetensors"])
        self.assertEqual(
            folder_paths_double.get_folder_paths("checkpoints"), own + [str(self.active / "models" / "checkpoints")]
        )

    def test_registers_each_folder_once(self):
        self.make_profile("a", [])
        self.flip("a")
        self.use_view()
        model_folders, _ = self.register()
        before = json.dumps({kind: paths for kind, (paths, _) in folder_paths_double.folder_names_and_paths.items()})
        model_folders.register()
        after = json.dumps({kind: paths for kind, (paths, _) in folder_paths_double.folder_names_and_paths.items()})
        self.assertEqual(before, after)

    def test_leaves_out_what_the_view_lacks_and_what_holds_no_models(self):
        self.make_profile("a", [], folders=("loras", "configs", "custom_nodes"))
        self.flip("a")
        self.use_view()
        self.register()
        for kind, (paths, _) in folder_paths_double.folder_names_and_paths.items():
            of_view = [path for path in paths if path.startswith(str(self.active))]
            self.assertEqual(len(of_view), 1 if kind == "loras" else 0, kind)

    def test_makes_no_kind_that_comfyui_does_not_know(self):
        self.make_profile("a", [], folders=("loras", "strange"))
        self.flip("a")
        self.use_view()
        before = set(folder_paths_double.folder_names_and_paths)
        self.register()
        self.assertEqual(set(folder_paths_double.folder_names_and_paths), before)

    def test_takes_kinds_of_other_packs_from_their_own_folders(self):
        gguf = os.path.join(folder_paths_double.models_dir, "diffusion_models")
        bbox = os.path.join(folder_paths_double.models_dir, "ultralytics", "bbox")
        folder_paths_double.folder_names_and_paths["unet_gguf"] = ([gguf], {".gguf"})
        folder_paths_double.folder_names_and_paths["ultralytics_bbox"] = ([bbox], {".pt"})
        folder_paths_double.folder_names_and_paths["from_yaml"] = ([str(self.base / "ComfyUI" / "elsewhere")], set())
        folder_paths_double.folder_names_and_paths["everything"] = ([folder_paths_double.models_dir], set())
        folder_paths_double.folder_names_and_paths["broken"] = (None, set())
        self.make_profile(
            "a",
            ["diffusion_models/m.gguf", "diffusion_models/m.safetensors", "ultralytics/bbox/face.pt"],
            folders=("diffusion_models", "ultralytics/bbox", "../elsewhere"),
        )
        self.flip("a")
        self.use_view()
        self.register()
        self.assertEqual(folder_paths_double.get_filename_list("unet_gguf"), ["m.gguf"])
        self.assertEqual(folder_paths_double.get_filename_list("ultralytics_bbox"), ["face.pt"])
        self.assertEqual(len(folder_paths_double.get_folder_paths("from_yaml")), 1)
        self.assertEqual(len(folder_paths_double.get_folder_paths("everything")), 1)

    def test_without_a_view_nothing_changes_and_one_line_says_so(self):
        (self.base / "there").mkdir()
        relative = os.path.relpath(self.base / "there")
        for document, words in (
            (None, "there is no view yet"),
            ([], "there is no view yet"),
            ("{not json", "there is no view yet"),
            ({"view": str(self.active)}, f"the view {self.active} that the service names is not at that path here"),
            ({"view": relative}, "is not an absolute path"),
            ({"view": 3}, "is not an absolute path"),
        ):
            if document is not None:
                self.write_run_file("comfyui.json", document)
            with self.subTest(document=document):
                before = json.dumps({k: paths for k, (paths, _) in folder_paths_double.folder_names_and_paths.items()})
                model_folders, outcome = self.register()
                after = json.dumps({k: paths for k, (paths, _) in folder_paths_double.folder_names_and_paths.items()})
                self.assertEqual(before, after)
                self.assertIn(words, outcome)
                self.assertEqual(model_folders.clear_lists(), 0)

    def test_the_environment_names_the_view_where_the_service_sees_another_path(self):
        self.make_profile("a", ["loras/a.safetensors"])
        self.flip("a")
        self.write_run_file("comfyui.json", {"view": "/in/the/service's/container/active"})
        os.environ["SYNAPSE_VIEW"] = str(self.active)
        _, outcome = self.register()
        self.assertIn(f"models of {self.active} listed", outcome)
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["a.safetensors"])

    def test_a_view_of_the_environment_that_is_not_here_is_named(self):
        os.environ["SYNAPSE_VIEW"] = str(self.base / "nowhere")
        self.assertIn("nowhere that SYNAPSE_VIEW names is not at that path here", self.register()[1])

    @unittest.skipIf(os.name == "nt" or os.geteuid() != 0, "needs a second user to be refused")
    def test_what_another_user_may_not_read_is_told_from_what_is_not_there(self):
        os.chmod(self.base, 0o755)
        self.make_profile("a", ["loras/a.safetensors"])
        self.flip("a")
        self.use_view()
        run = self.base / "home" / "run"
        home = importlib.import_module("synapse_shim.home")
        model_folders = importlib.import_module("synapse_shim.model_folders")
        (run / "service.json").write_text("{}")
        run.chmod(0o700)
        with as_nobody():
            outcome = model_folders.register()
            with self.assertRaises(home.NotRunning) as raised:
                home.read_service()
        self.assertIn("comfyui.json is not readable by this user; SYNAPSE_VIEW may name the view", outcome)
        self.assertIn("service.json is not readable by this user", str(raised.exception))
        os.environ["SYNAPSE_VIEW"] = str(self.active)
        (self.base / "views").chmod(0o700)
        with as_nobody():
            self.assertIn("that SYNAPSE_VIEW names is not readable by this user", model_folders.register())

    def test_models_that_lie_outside_of_what_is_mounted_here_are_told(self):
        self.make_profile("a", [])
        (self.base / "views/profiles/a/models/loras/a.safetensors").symlink_to("../../../../../blobs/sha256/ab/x")
        self.flip("a")
        self.use_view()
        self.assertIn("its models are not at that path here", self.register()[1])

    def test_a_flip_shows_by_fresh_mtimes_alone(self):
        self.make_profile("a", ["loras/a.safetensors"])
        self.make_profile("b", ["loras/b.safetensors"])
        self.flip("a")
        self.use_view()
        self.register()
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["a.safetensors"])
        self.flip("b")
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["b.safetensors"])

    def test_a_flip_between_equal_mtimes_needs_the_refresh(self):
        self.make_profile("a", ["loras/a.safetensors"])
        self.stamp -= 1
        self.make_profile("b", ["loras/b.safetensors"])
        self.flip("a")
        self.use_view()
        model_folders, _ = self.register()
        folder_paths_double.get_filename_list("loras")
        folder_paths_double.get_filename_list("embeddings")
        self.flip("b")
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["a.safetensors"], "the double has no such trap")
        self.assertEqual(model_folders.clear_lists(), 1)
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["b.safetensors"])
        self.assertIn("embeddings", folder_paths_double.filename_list_cache, "a kind that is not ours")

    def test_a_view_that_appears_later_is_registered_by_the_next_call(self):
        model_folders, _ = self.register()
        self.make_profile("a", ["loras/a.safetensors"])
        self.flip("a")
        self.use_view()
        model_folders.register()
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["a.safetensors"])


@contextlib.contextmanager
def as_nobody():
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


class FakeService:
    """A peer on loopback: each connection is read by `read`, which is kept, then given to `behave`."""

    def __init__(self, behave, family=socket.AF_INET, read=None):
        self.received = []
        self._behave = behave
        self._read = read or read_request
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self._listener = socket.create_server((host, 0), family=family)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{'[::1]' if host == '::1' else host}:{self.port}"
        self.ended = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            self.received.append(self._read(connection))
            self._behave(connection)
        self.ended.set()


def read_request(connection):
    """Head and body of one request, the body by its Content-Length or its chunks."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536) or _gone()
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:")), 0)
    chunked = b"transfer-encoding: chunked" in head.lower()
    while len(body) < length or (chunked and not body.endswith(b"0\r\n\r\n")):
        body += connection.recv(65536) or _gone()
    return head + b"\r\n\r\n" + body


def unchunked(body):
    data, rest = b"", body
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            return data
        data, rest = data + rest[:length], rest[length + 2 :]


def _gone():
    raise ConnectionError("the peer went away")


def reply(status, body, *headers):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(text)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + text


def answers(status, body, *headers):
    return lambda connection: connection.sendall(reply(status, body, *headers))


def hangs(connection):
    time.sleep(20)


def trickles(first):
    """Sends `first`, then a byte now and then: each read succeeds in time, the whole never ends."""

    def behave(connection):
        connection.sendall(first)
        for _ in range(400):
            time.sleep(0.05)
            connection.sendall(b"a")

    return behave


class StartUpHook(WithHome):
    """Each test runs the file as ComfyUI does and reads its one line."""

    def run_hook(self):
        began = time.monotonic()
        with self.assertLogs(level="INFO") as logs:
            runpy.run_path(str(SHIM / "prestartup_script.py"), run_name="prestartup_script")
        self.seconds = time.monotonic() - began
        lines = [line for line in logs.output if "[Synapse]" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertNotIn(TOKEN, lines[0])
        return lines[0]

    def assertBounded(self):
        self.assertLess(self.seconds, BOUND_MS / 1000 + SLACK_SECONDS)

    def test_asks_for_the_profile_with_the_token(self):
        with FakeService(answers("200 OK", {"profile": "work__Flux"})) as service:
            self.write_service(service.url)
            self.assertIn("start-up profile: 'work__Flux'", self.run_hook())
        head, _, body = service.received[0].partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"POST /api/profiles/startup HTTP/1.1\r\n"))
        self.assertIn(f"Authorization: Bearer {TOKEN}".encode(), head)
        self.assertIn(b"Content-Type: application/json", head)
        self.assertEqual(json.loads(body), {"ui": "comfyui"})

    def test_reaches_ipv6_loopback(self):
        try:
            service = FakeService(answers("200 OK", {"profile": "global"}), socket.AF_INET6)
        except OSError:
            self.skipTest("no IPv6 loopback here")
        with service:
            self.write_service(service.url)
            self.assertIn("'global'", self.run_hook())

    def test_without_a_service_file_nothing_is_waited_for(self):
        self.assertIn("is not running", self.run_hook())
        self.assertLess(self.seconds, 0.2)

    def test_nobody_listening(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.write_service(f"http://127.0.0.1:{port}")
        self.assertIn("ConnectionRefusedError", self.run_hook())
        self.assertBounded()

    def test_slow_peers_are_left_within_the_bound(self):
        endless = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n{"
        for name, behave in {
            "hangs": hangs,
            "trickles its head": trickles(b"HTTP/1.1 200 OK\r\nX-Long: "),
            "trickles its body": trickles(endless),
            "stops amid its body": lambda connection: (connection.sendall(endless), hangs(connection)),
        }.items():
            with self.subTest(name), FakeService(behave) as service:
                self.write_service(service.url)
                self.assertIn("no answer within 0.4 s", self.run_hook())
                self.assertBounded()
                if "trickles" in name:
                    self.assertTrue(service.ended.wait(2), "the hook still holds the connection")

    def test_a_peer_that_never_accepts(self):
        with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
            self.write_service(f"http://127.0.0.1:{listener.getsockname()[1]}")
            self.assertIn("no answer within 0.4 s", self.run_hook())
            self.assertBounded()

    def test_a_redirect_is_not_followed(self):
        with FakeService(answers("200 OK", {})) as elsewhere:
            with FakeService(answers("307 Temporary Redirect", {}, f"Location: {elsewhere.url}/x")) as service:
                self.write_service(service.url)
                self.assertIn("not activated: 307", self.run_hook())
            self.assertEqual(elsewhere.received, [])

    def test_a_proxy_of_the_environment_is_not_used(self):
        with FakeService(answers("200 OK", {"profile": "proxy"})) as proxy:
            with FakeService(answers("200 OK", {"profile": "global"})) as service:
                self.write_service(service.url)
                for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
                    self.addCleanup(os.environ.pop, name, None)
                    os.environ[name] = proxy.url
                self.assertIn("'global'", self.run_hook())
            self.assertEqual(proxy.received, [])

    def test_strange_answers_are_a_line_and_no_more(self):
        for name, answer, expected in (
            ("a problem", reply("409 Conflict", {"code": "profile.not_found"}), "409 'profile.not_found'"),
            ("no JSON", reply("200 OK", b"<html>"), "JSONDecodeError"),
            ("JSON of another form", reply("200 OK", [1]), "ValueError"),
            ("deep JSON", reply("200 OK", b"[" * 60000), "RecursionError"),
            ("no HTTP", b"SSH-2.0-x\r\n\r\n", "BadStatusLine"),
            ("nothing", b"", "RemoteDisconnected"),
            ("a line break in a name", reply("200 OK", {"profile": "a\nb"}), "'a\\nb'"),
        ):
            with self.subTest(name), FakeService(lambda connection, a=answer: connection.sendall(a)) as service:
                self.write_service(service.url)
                self.assertIn(expected, self.run_hook())

    def test_the_token_goes_to_loopback_only(self):
        with FakeService(answers("200 OK", {})) as service:
            port = service.port
            for url in (
                f"http://127.0.0.1.example.org:{port}",
                f"http://example.org:{port}",
                f"http://user@127.0.0.1:{port}",
                f"http://127.0.0.1:{port}@example.org",
                f"https://127.0.0.1:{port}",
                f"http://127.0.0.1:{port}/x",
                f"http://127.0.0.2:{port}",
                "http://127.0.0.1:99999",
                "http://127.0.0.1",
                7,
            ):
                with self.subTest(url=url):
                    self.write_service(url)
                    self.assertIn("no loopback address", self.run_hook())
            self.assertEqual(service.received, [])

    def test_unusable_service_files(self):
        for content in ("", "{", "[]", "7", "\x00", "[" * 100000):
            with self.subTest(content[:5]):
                self.write_run_file("service.json", content)
                self.assertIn("not asked for", self.run_hook())
        for token in (None, "", "a b", "a\r\nX: y", 7):
            with self.subTest(token=token):
                self.write_service("http://127.0.0.1:9", token=token)
                self.assertIn("no usable token", self.run_hook())

    def test_a_bound_that_makes_no_sense_is_replaced(self):
        home = importlib.import_module("synapse_shim.home")
        for given, expected in ((None, 1.5), (0, 1.5), (-5, 1.5), ("9", 1.5), (True, 1.5), (250, 0.25), (10**9, 10.0)):
            with self.subTest(given=given):
                self.write_service("http://127.0.0.1:9", startup_timeout_ms=given)
                self.assertEqual(home.read_service().startup_seconds, expected)


@unittest.skipIf(aiohttp is None, "aiohttp is not installed")
class Routes(WithHome, unittest.IsolatedAsyncioTestCase):
    """The whole package loaded as ComfyUI loads it, its routes served as ComfyUI serves them."""

    async def asyncSetUp(self):
        server = types.ModuleType("server")
        server.PromptServer = types.SimpleNamespace(
            instance=types.SimpleNamespace(routes=web.RouteTableDef(), app=web.Application())
        )
        sys.modules["server"] = server
        spec = importlib.util.spec_from_file_location("synapse_shim", SHIM / "__init__.py")
        self.shim = importlib.util.module_from_spec(spec)
        sys.modules["synapse_shim"] = self.shim
        spec.loader.exec_module(self.shim)
        instance = server.PromptServer.instance
        instance.app.add_routes(instance.routes)
        for route in instance.routes:
            instance.app.router.add_route(route.method, "/api" + route.path, route.handler)
        runner = web.AppRunner(instance.app, access_log=None)
        await runner.setup()
        self.addAsyncCleanup(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    async def send(self, head, body=b""):
        """Sends exactly these lines and returns status, headers (lower case) and body of the answer."""
        reader, writer = await self.open(head, body)
        data = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return parse_answer(data)

    async def open(self, head, body=b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [head[0] + " HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *head[1:]]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return reader, writer

    def serve(self, behave, **more):
        service = self.enter(FakeService(behave, **more))
        self.write_service(service.url)
        return service

    def test_is_a_pack_without_nodes_and_with_one_web_folder(self):
        self.assertEqual(self.shim.NODE_CLASS_MAPPINGS, {})
        self.assertEqual(self.shim.WEB_DIRECTORY, "./web")

    async def test_only_the_named_headers_go_through(self):
        service = self.serve(answers("200 OK", {}))
        await self.send(
            [
                "GET /synapse/api/inventory?limit=5&q=a%20b",
                "Authorization: Bearer of-the-panel",
                "Accept: application/json",
                "Range: bytes=0-9",
                "Last-Event-ID: boot-7",
                "Origin: http://evil.example",
                "Referer: http://evil.example/x",
                "Cookie: a=b",
                "Sec-Fetch-Site: same-origin",
                "X-Forwarded-For: 1.2.3.4",
                "X-Synapse-Via: something else",
                "Accept-Encoding: gzip",
                "User-Agent: browser",
            ]
        )
        lines = service.received[0].decode().split("\r\n")
        self.assertEqual(lines[0], "GET /api/inventory?limit=5&q=a%20b HTTP/1.1")
        self.assertEqual(
            sorted(line for line in lines[1:] if line),
            [
                "Accept: application/json",
                "Authorization: Bearer of-the-panel",
                f"Host: 127.0.0.1:{service.port}",
                "Last-Event-ID: boot-7",
                "Range: bytes=0-9",
                "User-Agent: browser",
                "X-Synapse-Origin: http://evil.example",
                "X-Synapse-Via: comfyui",
            ],
        )

    async def test_adds_no_credentials(self):
        service = self.serve(answers("401 Unauthorized", {}))
        await self.send(["GET /synapse/api/status"])
        self.assertNotIn(b"authorization", service.received[0].lower())

    async def test_only_the_named_headers_come_back(self):
        passed = {
            "content-range": "bytes 0-1/9",
            "accept-ranges": "bytes",
            "etag": '"x"',
            "location": "/api/jobs/1",
            "retry-after": "3",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            "content-type": "application/problem+json",
        }
        lines = [f"{name}: {value}" for name, value in passed.items()]
        self.serve(answers("206 Partial Content", b"{}", "Set-Cookie: a=b", "Access-Control-Allow-Origin: *", *lines))
        status, headers, body = await self.send(["GET /api/synapse/api/x"])
        self.assertEqual((status, body), (206, b"{}"))
        self.assertEqual({name: headers[name] for name in passed}, passed)
        self.assertEqual(headers["content-length"], "2")
        self.assertEqual(headers["x-content-type-options"], "nosniff")
        self.assertFalse({"set-cookie", "access-control-allow-origin"} & set(headers))

    async def test_a_redirect_is_passed_on_and_not_followed(self):
        elsewhere = self.enter(FakeService(answers("200 OK", {})))
        self.serve(answers("302 Found", b"", f"Location: {elsewhere.url}/x"))
        status, headers, _ = await self.send(["GET /synapse/api/x"])
        self.assertEqual((status, headers["location"]), (302, f"{elsewhere.url}/x"))
        self.assertEqual(elsewhere.received, [])

    async def test_nothing_but_api_is_reached(self):
        service = self.serve(answers("200 OK", {}))
        for tail in (
            "",
            "api",
            "apix/y",
            "docs",
            "/api/x",
            "%61pi/x",
            "../api/x",
            "api/../docs",
            "api/./../docs",
            "api/x/..",
            "api/%2e%2e/docs",
            "api/%2E./docs",
            "api/..%2fdocs",
            "api/..%5cdocs",
            "api/..\\docs",
            "api%2f..%2fdocs",
            "api/%252e%252e/docs",
            "api/x%252fy",
            "api/%25%32%65%25%32%65/docs",
        ):
            with self.subTest(tail=tail):
                status, _, body = await self.send([f"GET /synapse/{tail}"])
                self.assertEqual(status, 404)
        self.assertEqual(service.received, [])

    async def test_paths_go_through_as_they_were_encoded(self):
        service = self.serve(answers("200 OK", {}))
        for tail in ("api/packs/a%2Fb", "api/packs/%C5%BElu%C5%A5", "api/packs/-/..x", "api/p?path=../x&u=http%3A%2F%2Fh"):
            with self.subTest(tail=tail):
                status, _, _ = await self.send([f"GET /synapse/{tail}"])
                self.assertEqual(status, 200)
                self.assertEqual(service.received[-1].split(b" ")[1], f"/{tail}".encode())

    async def test_forms_are_refused(self):
        service = self.serve(answers("200 OK", {}))
        for path in ("/synapse/api/x", "/synapse-shim/refresh"):
            for kind in ("text/plain;charset=utf-8", "multipart/form-data; boundary=x", "Application/X-WWW-Form-Urlencoded"):
                with self.subTest(path=path, kind=kind):
                    status, headers, body = await self.send(
                        [f"POST {path}", f"Content-Type: {kind}", "Content-Length: 2"], b"{}"
                    )
                    self.assertEqual((status, headers["content-type"]), (415, "application/problem+json; charset=utf-8"))
                    self.assertEqual(json.loads(body)["code"], "input.unsupported_type")
        self.assertEqual(service.received, [])

    async def test_encoded_bodies_are_refused(self):
        service = self.serve(answers("200 OK", {}))
        hidden = b"PUT /api/store/config HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"
        for path in ("/synapse/api/x", "/synapse-shim/refresh"):
            for encoding, body in (
                ("gzip", gzip.compress(b"{}" + hidden)),
                ("gzip", gzip.compress(b"x" * 100_000)),
                ("deflate", zlib.compress(hidden)),
                ("identity", b"{}"),
            ):
                with self.subTest(path=path, encoding=encoding):
                    head = ["Content-Type: application/json", f"Content-Encoding: {encoding}"]
                    status, _, answer = await self.send([f"POST {path}", *head, f"Content-Length: {len(body)}"], body)
                    self.assertEqual((status, json.loads(answer)["code"]), (415, "input.unsupported_type"))
        self.assertEqual(service.received, [])

    async def test_the_panels_token_travels_beside_the_credentials_of_a_front(self):
        service = self.serve(answers("200 OK", {}))
        for given, passed in (
            (["Authorization: Basic dXNlcjpwYXNz"], []),
            (["Authorization: Digest username=x"], []),
            (["Authorization: bearer of-a-wrapper"], ["Authorization: bearer of-a-wrapper"]),
            (["X-Synapse-Token: own", "Authorization: Basic dXNlcjpwYXNz"], ["Authorization: Bearer own"]),
            (["X-Synapse-Token: own", "Authorization: Bearer other"], ["Authorization: Bearer own"]),
        ):
            with self.subTest(given=given):
                await self.send(["GET /synapse/api/x", *given])
                lines = service.received[-1].decode().split("\r\n")
                self.assertEqual([line for line in lines if line.startswith("Auth")], passed)
                self.assertNotIn("x-synapse-token", service.received[-1].decode().lower())

    async def test_a_browser_is_paired_from_the_page_of_this_comfyui_alone(self):
        service = self.serve(answers("200 OK", {}))
        own = f"127.0.0.1:{self.port}"
        body = ["Content-Type: application/json", "Content-Length: 2"]
        for path in (
            "/synapse/api/auth/pair",
            "/api/synapse/api/auth/pair",
            "/synapse/api/auth/pair/?x=1",
            "/synapse/api/auth/pai%72",
            "/synapse/api/%61uth/pair",
            "/synapse/api/auth/%70%61%69%72/",
        ):
            for origin in (None, "null", "http://evil.example", "http://127.0.0.1:1", "file://", f"{own}", "http://[x"):
                head = [] if origin is None else [f"Origin: {origin}"]
                with self.subTest(path=path, origin=origin):
                    status, _, answer = await self.send([f"POST {path}", *body, *head], b"{}")
                    self.assertEqual((status, json.loads(answer)["code"]), (403, "auth.forbidden"))
        self.assertEqual(service.received, [])
        for origin in (f"http://{own}", f"HTTP://{own}"):
            status, _, _ = await self.send(["POST /synapse/api/auth/pair", *body, f"Origin: {origin}"], b"{}")
            self.assertEqual(status, 200)
            self.assertIn(f"X-Synapse-Origin: {origin}".encode(), service.received[-1])

    async def test_a_request_ends_upstream_once_its_caller_has_gone(self):
        sys.modules["synapse_shim.routes"]._CALLER_CHECK_SECONDS = 0.1
        gone = threading.Semaphore(0)

        def behave(connection):
            if connection.recv(1) == b"":
                gone.release()

        self.serve(behave)
        callers = [await self.open(["GET /synapse/api/x"]) for _ in range(5)]
        await asyncio.sleep(0.3)
        for _, writer in callers:
            writer.close()
        for _ in callers:
            self.assertTrue(await asyncio.to_thread(gone.acquire, timeout=5), "a connection to the service stays open")

    async def test_without_a_service_the_problem_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            free = taken.getsockname()[1]
        for url in (None, f"http://127.0.0.1:{free}", "http://example.org:80"):
            if url:
                self.write_service(url)
            with self.subTest(url=url):
                status, headers, body = await self.send(["GET /synapse/api/status"])
                self.assertEqual((status, headers["content-type"]), (503, "application/problem+json; charset=utf-8"))
                self.assertEqual(json.loads(body)["code"], "service.not_running")

    async def test_a_restarted_service_is_found_at_its_new_address(self):
        self.serve(answers("200 OK", {"at": 1}))
        await self.send(["GET /synapse/api/x"])
        self.serve(answers("200 OK", {"at": 2}))
        _, _, body = await self.send(["GET /synapse/api/x"])
        self.assertEqual(json.loads(body), {"at": 2})

    async def test_bodies_go_through_whole(self):
        service = self.serve(answers("202 Accepted", {}, "Location: /api/jobs/1"))
        big = os.urandom(3_000_000)
        status, _, _ = await self.send(
            ["PUT /synapse/api/x", "Content-Type: application/octet-stream", f"Content-Length: {len(big)}"], big
        )
        self.assertEqual(status, 202)
        head, _, body = service.received[0].partition(b"\r\n\r\n")
        self.assertEqual(unchunked(body), big)
        self.assertTrue(head.startswith(b"PUT "))
        self.assertNotIn(b"content-length", head.lower())

    async def test_a_request_body_flows_before_it_is_complete(self):
        early = threading.Event()

        def read(connection):
            data = b""
            while b"0\r\n\r\n" not in data:
                data += connection.recv(65536) or _gone()
                if b"first" in data:
                    early.set()
            return data

        self.serve(answers("200 OK", {}), read=read)
        reader, writer = await self.open(
            ["POST /synapse/api/x", "Content-Type: application/json", "Transfer-Encoding: chunked"], b"5\r\nfirst\r\n"
        )
        self.assertTrue(await asyncio.to_thread(early.wait, 5), "the body was buffered")
        writer.write(b"4\r\nlast\r\n0\r\n\r\n")
        status, _, _ = parse_answer(await asyncio.wait_for(reader.read(), 5))
        self.assertEqual(status, 200)
        writer.close()

    async def test_events_arrive_one_by_one(self):
        go_on = threading.Event()

        def behave(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.sendall(b"b\r\ndata: one\n\n\r\n")
            go_on.wait(10)
            connection.sendall(b"b\r\ndata: two\n\n\r\n0\r\n\r\n")

        self.serve(behave)
        reader, writer = await self.open(["GET /synapse/api/events", "Accept: text/event-stream"])
        await asyncio.wait_for(reader.readuntil(b"data: one\n\n"), 5)
        go_on.set()
        await asyncio.wait_for(reader.readuntil(b"data: two\n\n"), 5)
        writer.close()

    async def test_a_quiet_stream_is_closed_once_the_caller_has_gone(self):
        sys.modules["synapse_shim.routes"]._CALLER_CHECK_SECONDS = 0.1
        gone = threading.Event()

        def behave(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n")
            if connection.recv(1) == b"":
                gone.set()

        self.serve(behave)
        reader, writer = await self.open(["GET /synapse/api/events"])
        await asyncio.wait_for(reader.readuntil(b"data: one\n\n"), 5)
        writer.close()
        self.assertTrue(await asyncio.to_thread(gone.wait, 5), "the stream to the service stays open")

    async def test_an_answer_cut_short_is_seen_as_broken(self):
        self.serve(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
        async with aiohttp.ClientSession() as session:
            with self.assertRaises(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{self.port}/synapse/api/x") as answer:
                    await answer.read()

    async def test_head_has_no_body(self):
        self.serve(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"))
        status, headers, body = await self.send(["HEAD /synapse/api/x"])
        self.assertEqual((status, headers["content-length"], body), (200, "100", b""))

    async def test_refresh_clears_lists_and_takes_up_a_late_view(self):
        folder_paths_double.get_filename_list("loras")
        loras = self.base / "view" / "models" / "loras"
        loras.mkdir(parents=True)
        (loras / "late.safetensors").write_bytes(b"x")
        self.write_run_file("comfyui.json", {"view": str(self.base / "view")})
        status, _, body = await self.send(["POST /api/synapse-shim/refresh", "Content-Length: 0"])
        self.assertEqual((status, json.loads(body)), (200, {"cleared": 1}))
        self.assertEqual(folder_paths_double.get_filename_list("loras"), ["late.safetensors"])


def parse_answer(data):
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return int(first.split(" ")[1]), headers, body


if __name__ == "__main__":
    unittest.main()
