"""The commands of ``scripts/`` say what is wrong in one sentence, and go on where they stopped."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hankou import debian, odoo, odoo_tree, paths, postgres, python_env, say, start_command, test_parts, upstream
from hankou.locks import Held
from hankou.say import Failure

ROOT = Path(__file__).parent.parent
LAUNCHERS = ("start", "test", "rotate-secrets", "terms")


def launch(script, *arguments, **environment):
    command = [sys.executable, str(ROOT / "scripts" / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


def one_sentence(done):
    """The only thing said on the error stream, without a traceback."""
    [line] = done.stderr.strip().splitlines()
    assert line.startswith("✗ ")
    return line


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    """A runtime folder of its own for the library in this process."""
    for module in (paths, odoo, odoo_tree, postgres, python_env):
        monkeypatch.setattr(module, "RUNTIME", tmp_path, raising=False)
    monkeypatch.setattr("hankou.locks.LOCKS", tmp_path / "locks")
    return tmp_path


class TestOldPython:
    @pytest.mark.parametrize("script", LAUNCHERS)
    def test_the_sentence_comes_before_anything_new_is_imported(self, script):
        source = (ROOT / "scripts" / script).read_text()
        pretend = "import sys; sys.version_info = (3, 9, 2); sys.modules['hankou'] = None\n"
        program = f"{pretend}__file__ = {str(ROOT / 'scripts' / script)!r}\nexec({source!r})"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert done.stderr == "Python 3.10 or newer is needed; this is 3.9: run this command with a newer python3.\n"

    @pytest.mark.parametrize("script", LAUNCHERS)
    def test_an_old_python_can_parse_the_launcher(self, script):
        import ast

        ast.parse((ROOT / "scripts" / script).read_text(), feature_version=(3, 4))


class TestDatabaseNamedByTheUser:
    @pytest.mark.parametrize("url", ["mysql://a@b/c", "postgresql://", "nonsense", "postgresql://host:port"])
    def test_a_wrong_url_is_explained(self, monkeypatch, url):
        monkeypatch.setenv("DATABASE_URL", url)
        with pytest.raises(Failure, match="DATABASE_URL must look like"):
            postgres.named_by_user()

    def test_a_url_with_escapes_is_understood(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://me:p%40ss@db.example:6432")
        assert postgres.named_by_user() == postgres.Server("db.example", 6432, "me", "p@ss")

    def test_the_variables_of_postgresql_are_understood(self, monkeypatch):
        monkeypatch.delenv("DATABASE_URL", raising=False)
        monkeypatch.setenv("PGHOST", "db.example")
        monkeypatch.setenv("PGUSER", "me")
        monkeypatch.setenv("PGPASSWORD", "secret")
        monkeypatch.setenv("PGPORT", "6432")
        assert postgres.named_by_user() == postgres.Server("db.example", 6432, "me", "secret")

    def test_a_server_that_is_not_there_is_named(self):
        with pytest.raises(Failure, match=r"^PostgreSQL at 127\.0\.0\.1:1 said: connection .*[^.]\.$"):
            postgres.psql(postgres.Server("127.0.0.1", 1, "odoo", ""), "SELECT 1")

    def test_the_role_that_odoo_refuses_is_refused_at_once(self, monkeypatch):
        monkeypatch.setenv("DATABASE_URL", "postgresql://postgres:x@127.0.0.1:1")
        with pytest.raises(Failure, match="refuses the role postgres"), postgres.using("any"):
            pass

    @pytest.mark.parametrize("name", ["", "a b", "x';--", "-first", "x" * 60])
    def test_a_database_name_is_checked(self, name):
        with pytest.raises(Failure, match="no name for a database"):
            odoo.Instance(None, name)


class TestStart:
    def test_a_taken_port_is_named(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = launch("start", "--port", str(port), "--database", "test-port")
        assert done.returncode == 1
        assert f"Port {port} is taken" in one_sentence(done)
        assert f"--port {port + 1}" in done.stderr

    def test_a_second_start_says_where_the_first_one_is(self):
        first = Held("start-test-second")
        assert first.take()
        first.write(url="http://127.0.0.1:8123")
        done = launch("start", "--database", "test-second")
        assert done.returncode == 1
        assert "runs already: http://127.0.0.1:8123" in one_sentence(done)
        assert f"process {os.getpid()}" in done.stderr

    def test_a_second_start_while_the_first_prepares(self):
        first = Held("start-test-second")
        assert first.take()
        first.write()
        assert "is preparing test-second" in one_sentence(launch("start", "--database", "test-second"))

    @pytest.mark.parametrize("port", ["0", "99999", "web"])
    def test_an_impossible_port(self, port):
        done = launch("start", "--port", port)
        assert done.returncode == 2
        assert "is no port" in done.stderr

    def test_a_database_without_demo_never_gets_one(self, runtime, monkeypatch):
        instance = odoo.Instance(None, "shop")
        monkeypatch.setattr(odoo.Instance, "exists", lambda self: True)
        options = start_command._parse([])
        assert not start_command._with_demo(instance, options)
        start_command._market_file(instance).write_text("http://127.0.0.1:8970")
        assert start_command._with_demo(instance, options)
        assert not start_command._with_demo(instance, start_command._parse(["--no-demo"]))

    def test_the_marketplace_is_told_its_new_address(self, runtime, monkeypatch):
        ran = []
        monkeypatch.setattr(odoo.Instance, "exists", lambda self: True)
        monkeypatch.setattr(odoo.Instance, "prepare", lambda self, finish: None)
        monkeypatch.setattr(odoo.Instance, "shell", lambda self, source, what: ran.append(source))
        instance = odoo.Instance(None, "shop")
        start_command._market_file(instance).write_text("http://127.0.0.1:8970")
        start_command._database(instance, "http://127.0.0.1:8970")
        assert ran == []
        start_command._database(instance, "http://127.0.0.1:8971")
        assert "_connect('http://127.0.0.1:8971')" in ran[0]
        start_command._database(instance, "http://127.0.0.1:8971")
        assert len(ran) == 1

    def test_fresh_says_what_it_drops_and_nothing_more(self, runtime, monkeypatch, capsys):
        dropped = []
        monkeypatch.setattr(odoo.Instance, "drop", lambda self: dropped.append(self.database))
        start_command._drop(odoo.Instance(None, "shop"))
        assert dropped == ["shop"]
        assert "dropping the database shop" in capsys.readouterr().out


class TestSetUp:
    def test_a_source_tree_that_is_none(self, monkeypatch, tmp_path):
        monkeypatch.setenv("ODOO_SOURCE", str(tmp_path))
        with pytest.raises(Failure, match="no Odoo source tree"):
            odoo_tree.source()

    def test_without_apt_the_other_ways_are_named(self, monkeypatch):
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(Failure, match=r"apt is missing.*ODOO_SOURCE.*docker-compose"):
            debian._mirrors()

    def test_without_the_keyring_nothing_is_downloaded(self, monkeypatch):
        monkeypatch.setattr(debian, "KEYRING", "/nowhere.gpg")
        with pytest.raises(Failure, match="debian-archive-keyring"):
            debian._mirrors()

    @pytest.mark.skipif(not shutil.which("apt-get"), reason="no apt here")
    def test_an_archive_out_of_reach_is_not_one_that_lost_the_package(self, runtime, monkeypatch):
        monkeypatch.setattr(debian, "RUNTIME", runtime)
        monkeypatch.setattr(debian, "_mirrors", lambda: ["http://127.0.0.1:1/debian"])
        with pytest.raises(Failure, match=r"^The network .* cannot be reached"):
            debian.Archive("away", ("sid",)).download(["odoo-19"])

    def test_without_venv_the_package_is_named(self, runtime, monkeypatch):
        monkeypatch.setattr(python_env.importlib.util, "find_spec", lambda name: None)
        with pytest.raises(Failure, match="install the package python3-venv"):
            python_env._make()

    def test_a_full_disk_is_named_before_it_is_filled(self, tmp_path):
        with pytest.raises(Failure, match="has .* GB left"):
            say.need_space(tmp_path, 10**6)

    @pytest.mark.parametrize(
        ("output", "sentence"),
        [
            ("OSError: [Errno 28] No space left on device", "The disk is full"),
            ("E: Temporary failure resolving 'archive'", "The network"),
            ("E: Version '19.0' for 'odoo-19' was not found", "set ODOO_SOURCE"),
            ("something else", "Testing failed"),
        ],
    )
    def test_a_failed_program_is_explained(self, output, sentence):
        with pytest.raises(Failure, match=sentence):
            say.run(["sh", "-c", f'echo "{output}"; exit 1'], what="Testing")

    def test_a_known_cause_is_shown_without_the_traceback_around_it(self, capsys):
        with pytest.raises(Failure):
            say.run(["sh", "-c", "echo Traceback; echo psycopg2: No space left on device; exit 1"], what="Testing")
        assert capsys.readouterr().out.split("\n") == ["    psycopg2: No space left on device", ""]

    def test_an_interrupted_unpacking_starts_anew(self, runtime, monkeypatch):
        monkeypatch.delenv("ODOO_SOURCE", raising=False)
        tree = runtime / "odoo"
        monkeypatch.setattr(odoo_tree, "TREE", tree)
        monkeypatch.setattr(odoo_tree, "DIST", tree / "dist")
        monkeypatch.setattr(odoo_tree, "_repair", lambda: None)
        monkeypatch.setattr(odoo_tree, "_download", list)
        attempts = []

        def unpack(_debs, folder):
            attempts.append(sorted(path.name for path in folder.iterdir()))
            (folder / "half").touch()
            if len(attempts) == 1:
                raise KeyboardInterrupt

        monkeypatch.setattr(odoo_tree, "unpack", unpack)
        with pytest.raises(KeyboardInterrupt):
            odoo_tree.ensure()
        odoo_tree.ensure()
        odoo_tree.ensure()
        assert attempts == [[], []], "unpacked once more into an empty folder, then left alone"

    def test_an_interrupted_installation_is_repeated_and_a_complete_one_is_not(self, runtime, monkeypatch):
        venv = runtime / "venv"
        (venv / "bin").mkdir(parents=True)
        (venv / "lib/python3.11/site-packages").mkdir(parents=True)
        (venv / "bin/python").touch()
        (venv / "pyvenv.cfg").write_text("version = 3.11.7")
        monkeypatch.setattr(python_env, "VENV", venv)
        monkeypatch.setattr(python_env, "PYTHON", venv / "bin/python")
        outcomes = iter([Failure("cut"), None, None])
        installs = []

        def install(locks):
            installs.append([lock.name for lock in locks])
            if problem := next(outcomes):
                raise problem

        monkeypatch.setattr(python_env, "_install", install)
        with pytest.raises(Failure):
            python_env.ensure()
        python_env.ensure()
        python_env.ensure()
        assert installs == [["base.lock", "oca.lock"]] * 2
        python_env.ensure(test=True)
        (venv / "pyvenv.cfg").write_text("version = 3.12.1")
        assert not python_env._complete("test"), "another Python needs its own packages"


    def test_a_step_that_is_interrupted_says_that_nothing_before_it_is_lost(self, capsys):
        with pytest.raises(KeyboardInterrupt), say.step("Python packages"):
            raise KeyboardInterrupt
        assert capsys.readouterr().out.endswith("  interrupted: what was finished before this step stays\n")


class TestDatabases:
    def test_what_changed_is_updated_and_what_is_new_is_installed(self):
        known, marks = {"a": "1", "b": "1", "gone": "1"}, {"a": "1", "b": "2", "c": "1"}
        assert odoo.changes(known, marks) == (["b"], ["c"])

    def test_the_mark_sees_every_file_but_tests_and_readme(self, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "models/a.py").write_text("x = 1")
        first = odoo._digest(tmp_path)
        (tmp_path / "tests").mkdir()
        (tmp_path / "tests/test_a.py").write_text("x = 1")
        assert odoo._digest(tmp_path) == first
        (tmp_path / "models/a.py").rename(tmp_path / "models/b.py")
        assert odoo._digest(tmp_path) != first

    def test_an_interrupted_creation_leaves_no_database_of_that_name(self, runtime, monkeypatch):
        calls = []
        monkeypatch.setattr(odoo, "psql", lambda server, sql, database="postgres": calls.append(sql) or [])
        monkeypatch.setattr(odoo.Instance, "install", lambda *_arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            odoo.Instance(None, "shop").prepare(["base"])
        assert not [sql for sql in calls if "RENAME" in sql]
        assert not (runtime / "databases/shop.json").exists()

    def test_the_key_is_made_once_and_only_the_owner_reads_it(self, runtime, monkeypatch):
        monkeypatch.delenv("MERCHANT_SECRET_KEYS", raising=False)
        key = odoo.secret_key()
        assert len(key) >= 32
        assert odoo.secret_key() == key
        assert (runtime / "secret.key").stat().st_mode & 0o077 == 0


class TestParts:
    def test_an_addon_means_its_core_and_its_odoo_tests(self):
        found = test_parts.choose(["addons/merchant_channel_taobao"])
        assert found["core"] == ["addons/merchant_channel_taobao/tests/core"]
        assert set(found) <= {"core", "odoo"}

    def test_a_file_with_a_test_name_goes_to_its_part(self):
        name = "tests/test_setup.py::TestParts"
        assert test_parts.choose([name]) == {"e2e": [name]}

    @pytest.mark.parametrize("word", ["nothing", "../elsewhere", "docs"])
    def test_what_holds_no_tests_is_refused(self, word):
        with pytest.raises(Failure):
            test_parts.choose([word])

    def test_every_test_file_belongs_to_one_part(self):
        ours = [path for folder in ("addons", "tests") for path in (ROOT / folder).rglob("test_*.py")]
        parts = test_parts.roots()
        for path in ours:
            places = [part for part, found in parts.items() if any(path.is_relative_to(ROOT / each) for each in found)]
            assert len(places) == 1, f"{path} is in {places}"


class TestUpstream:
    LOG = """
2026-01-01 00:00:01,000 7 INFO db odoo.addons.sale.tests.test_a: Starting TestA.test_fine ...
2026-01-01 00:00:02,000 7 INFO db odoo.addons.sale.tests.test_a: Starting TestA.test_bad ...
2026-01-01 00:00:03,000 7 ERROR db odoo.addons.sale.tests.test_a: FAIL: TestA.test_bad
2026-01-01 00:00:04,000 7 INFO db odoo.addons.sale.tests.test_a: Starting TestA.test_sub ...
2026-01-01 00:00:04,000 7 ERROR db odoo.addons.sale.tests.test_a: ERROR: Subtest TestA.test_sub (i=1)
2026-01-01 00:00:05,000 7 INFO db odoo.addons.sale.tests.test_a: Starting TestA.test_skip ...
2026-01-01 00:00:05,000 7 INFO db odoo.addons.sale.tests.test_a: skipped TestA.test_skip : no network
2026-01-01 00:00:06,000 7 ERROR db odoo.tests.suite: ERROR: setUpClass (odoo.addons.sale.tests.test_b.TestB)
2026-01-01 00:00:09,000 7 ERROR db odoo.tests.result: 1 failed, 2 error(s) of 4 tests when loading database 'db'
"""

    def test_the_log_is_read(self):
        assert upstream.read_log(self.LOG) == {
            "sale.test_a.TestA.test_fine": "passed",
            "sale.test_a.TestA.test_bad": "failed",
            "sale.test_a.TestA.test_sub": "error",
            "sale.test_a.TestA.test_skip": "skipped",
            "sale.test_b.TestB.setUpClass": "error",
        }

    def test_a_log_that_breaks_off_is_no_result(self):
        with pytest.raises(Failure, match="did not come to their end"):
            upstream.read_log("\n".join(self.LOG.splitlines()[:-1]))

    def test_a_test_that_vanishes_is_a_difference(self):
        found = upstream.differences({"a": "passed", "b": "failed"}, {"b": "failed", "c": "passed"})
        assert found == [("a", "passed", "absent"), ("c", "absent", "passed")]


def test_nothing_names_a_place_of_one_machine():
    """No file that is handed on holds a path or a host of the machine it was written on."""
    forbidden = re.compile(r"/(root|home|wor[k]|tmp)/\w|\.internal\b")
    for name in ("scripts", "tools", "docker", "docs", "config", ".ci", "requirements"):
        for path in (ROOT / name).rglob("*"):
            # the image's build uses /tmp inside the image
            if path.is_file() and path.suffix not in (".pyc", ".png") and path.name != "Dockerfile":
                found = forbidden.search(path.read_text(encoding="utf-8"))
                assert not found, f"{path}: {found[0]}"
