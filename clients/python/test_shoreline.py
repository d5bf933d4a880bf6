"""What is promised of shoreline.py, against servers and commands of its own: `python3 -m unittest` here."""

import contextlib
import datetime
import email.utils
import io
import json
import os
import sys
import threading
import time
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer

from shoreline import Client, ShorelineError


@contextlib.contextmanager
def server(*answers):
    """Answers with these one after another, each ``(status, headers, text)``; None breaks the connection.

    Gives its address and what it was asked."""
    left, asked = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            asked.append((self.path, self.headers, body, time.monotonic()))
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer is None:
                self.connection.close()
                return
            status, headers, text = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/", asked
        finally:
            http.shutdown()
            thread.join()


ROWS = (200, {}, '{"service":"s@1","rows":[{"n":9223372036854775807,"x":-0.0,"y":"NaN","z":null}],"issues":[]}')


def refusal(status, code, headers=None):
    error = {"error": {"code": code, "message": "told", "details": {"field": "x"}}, "request_id": "r-1"}
    return (status, headers or {}, json.dumps(error))


class Get(unittest.TestCase):
    def test_integers_are_exact_and_one_row_is_one_dict(self):
        with server(ROWS) as (url, asked):
            client = Client(url, key="k")
            self.assertEqual(client.get("s", {"id": 2**63 - 1}), {"n": 2**63 - 1, "x": -0.0, "y": "NaN", "z": None})
            self.assertEqual([row["n"] for row in client.get("s", [{"id": 1}], full_names=True)], [2**63 - 1])
        path, headers, body, _ = asked[0]
        self.assertEqual((path, headers["authorization"]), ("/v1/features", "Bearer k"))
        self.assertEqual(body, '{"service":"s","rows":[{"id":9223372036854775807}]}')
        self.assertEqual(json.loads(asked[1][2])["full_names"], True)

    def test_values_are_written_as_the_deployment_reads_them(self):
        east = datetime.timezone(datetime.timedelta(hours=2))
        row = {
            "at": datetime.datetime(2001, 7, 1, 2, 0, 0, 5, tzinfo=east),
            "day": datetime.date(2001, 7, 1),
            "id": uuid.UUID(int=1),
            "raw": b"\x00\xff",
            "list": (1, float("nan"), float("-inf")),
        }
        with server(ROWS) as (url, asked):
            Client(url).get("s", row)
        self.assertEqual(
            json.loads(asked[0][2])["rows"],
            [
                {
                    "at": "2001-07-01T00:00:00.000005Z",
                    "day": "2001-07-01",
                    "id": "00000000-0000-0000-0000-000000000001",
                    "raw": "AP8=",
                    "list": [1, "NaN", "-Infinity"],
                }
            ],
        )

    def test_what_is_no_value_is_refused_by_its_name_before_anything_is_asked(self):
        client = Client("http://127.0.0.1:1")
        for value, says in ((datetime.datetime(2001, 7, 1), "time zone"), (object(), "object")):
            with self.assertRaisesRegex(ShorelineError, f"INVALID: at is .*{says}"):
                client.get("s", {"at": value})

    def test_shared_features_are_in_every_row(self):
        with server((200, {}, '{"rows":[{"a":1},{"a":2}],"shared":{"b":3}}')) as (url, _):
            self.assertEqual(Client(url).get("s", [{}, {}], shared={"k": 1}), [{"b": 3, "a": 1}, {"b": 3, "a": 2}])

    def test_an_error_of_the_deployment_has_all_that_it_said(self):
        with server(refusal(404, "UNKNOWN_NAME")) as (url, asked):
            with self.assertRaises(ShorelineError) as caught:
                Client(url).get("s", {})
        error = caught.exception
        self.assertEqual((error.code, error.message, error.details), ("UNKNOWN_NAME", "told", {"field": "x"}))
        self.assertEqual((error.status, error.request_id, len(asked)), (404, "r-1", 1))

    def test_an_error_that_is_not_ours_says_what_answered(self):
        with server((502, {}, "<html>bad gateway")) as (url, _):
            with self.assertRaisesRegex(ShorelineError, "HTTP_ERROR: .* answered 502: <html>bad gateway"):
                Client(url).get("s", {})

    def test_asks_again_after_429_and_503_when_it_is_told_to(self):
        date = email.utils.formatdate(time.time() - 5, usegmt=True)
        busy = [refusal(503, "UNAVAILABLE", {"retry-after": "1"}), refusal(429, "RATE_LIMITED", {"retry-after": date})]
        with server(*busy, ROWS) as (url, asked):
            self.assertEqual(Client(url).get("s", {})["n"], 2**63 - 1)
        at = [one[3] for one in asked]
        self.assertEqual(len(at), 3)
        self.assertGreaterEqual(at[1] - at[0], 0.9)
        self.assertLess(at[2] - at[1], 0.9)

    def test_asks_again_when_the_connection_breaks(self):
        with server(None, ROWS) as (url, asked):
            self.assertEqual(Client(url).get("s", {})["n"], 2**63 - 1)
            self.assertEqual(len(asked), 2)

    def test_gives_up_after_retries_and_does_not_wait_beyond_its_timeout(self):
        with server(refusal(503, "UNAVAILABLE")) as (url, asked):
            with self.assertRaisesRegex(ShorelineError, "UNAVAILABLE: told"):
                Client(url, retries=1).get("s", {})
            self.assertEqual(len(asked), 2)
        with server(refusal(429, "RATE_LIMITED", {"retry-after": "60"})) as (url, asked):
            with self.assertRaisesRegex(ShorelineError, "RATE_LIMITED: told"):
                Client(url, timeout=5).get("s", {})
            self.assertEqual(len(asked), 1)

    def test_nobody_there(self):
        with self.assertRaisesRegex(ShorelineError, "UNREACHABLE: http://127.0.0.1:1 could not be asked"):
            Client("http://127.0.0.1:1", retries=0).get("s", {})


# The command's part: prints what it was given, as JSON or as an error.
COMMAND = """
import json, os, sys
sys.stderr.write("the spine".ljust(36) + "    0.01 s  2 rows\\n")
if "fail" in sys.argv:
    sys.stderr.write("There is no service fail.\\nDid you mean fall?\\n")
    sys.exit(int(os.environ.get("CODE", "1")))
files = [{"part": "train", "file": "x.train.parquet"}, {"part": "test", "file": "x.test.parquet"}]
given = {name: os.environ.get(name) for name in ("SHORELINE_URL", "SHORELINE_KEY")}
print(json.dumps({"argv": sys.argv[1:], "env": given, "files": files}))
"""


class Train(unittest.TestCase):
    def setUp(self):
        self.client = Client("http://d/", key="k", command=[sys.executable, "-c", COMMAND])

    def train(self, *given, **options):
        with contextlib.redirect_stderr(io.StringIO()) as said:
            made = self.client.train(*given, **options)
        return made, said.getvalue()

    def test_says_what_the_command_is_doing(self):
        _, said = self.train("s", "spine.csv", "x.parquet")
        self.assertEqual(said, "the spine".ljust(36) + "    0.01 s  2 rows\n")
        self.assertEqual(self.train("s", "spine.csv", "x.parquet", quiet=True)[1], "")

    def test_a_spine_is_a_file_a_query_or_instants(self):
        there = os.path.abspath("spine.csv")
        now = datetime.datetime(2001, 6, 1, tzinfo=datetime.timezone.utc)
        for spine, flags in (
            ("spine.csv", ["--spine", there]),
            ("r2://offline/spine.parquet", ["--spine", "r2://offline/spine.parquet"]),
            (" with a as (select 1) from a", ["--spine-sql", " with a as (select 1) from a"]),
            (
                (now, datetime.date(2001, 7, 1), "1d"),
                ["--between", "2001-06-01T00:00:00Z", "2001-07-01", "--every", "1d"],
            ),
        ):
            made, _ = self.train("s", spine, "x.parquet")
            self.assertEqual(made.manifest["argv"][:-2], ["train", "s", *flags, "--out", os.path.abspath("x.parquet")])

    def test_every_option_reaches_the_command_and_the_key_only_its_environment(self):
        made, _ = self.train(
            None,
            "spine.csv",
            "out/x.parquet",
            features=["v:a", "v:b"],
            timestamp="at",
            name="n",
            local=True,
            format="parquet",
            as_known=True,
            full_names=True,
            statuses=True,
            split="random:0.8",
            split_by=[],
            seed=7,
            types={"late": "bool", "n": "int32"},
            as_of="2001-07-01",
            memory="1GB",
        )
        told = " ".join(made.manifest["argv"])
        for part in (
            "--features v:a,v:b",
            "--timestamp at",
            "--name n",
            "--local",
            "--format parquet",
            "--as-known",
            "--full-names",
            "--statuses",
            "--split random:0.8",
            "--split-by row",
            "--seed 7",
            "--types late:bool,n:int32",
            "--as-of 2001-07-01",
            "--memory 1GB",
        ):
            self.assertIn(f" {part} ", told)
        self.assertNotIn(" k ", told)
        self.assertEqual(made.manifest["env"], {"SHORELINE_URL": "http://d", "SHORELINE_KEY": "k"})

    def test_says_where_each_part_is(self):
        made, _ = self.train("s", "spine.csv", "out/x.parquet")
        folder = os.path.abspath("out")
        self.assertEqual(made.path, os.path.join(folder, "x.train.parquet"))
        self.assertEqual(made.files["test"], os.path.join(folder, "x.test.parquet"))
        manifest, path = made
        self.assertEqual((manifest["files"][0]["part"], path), ("train", made.path))

    def test_an_error_is_the_text_of_the_command(self):
        for exit_code, code in (("1", "FAILED"), ("2", "USAGE"), ("3", "CHECK_FAILED")):
            os.environ["CODE"] = exit_code
            self.addCleanup(os.environ.pop, "CODE", None)
            with self.assertRaises(ShorelineError) as caught:
                self.train("fail", "spine.csv", "x.parquet")
            error = caught.exception
            self.assertEqual((error.code, error.message), (code, "There is no service fail.\nDid you mean fall?"))
            self.assertEqual(error.details, {"exit_code": int(exit_code)})

    def test_says_what_is_missing_where_there_is_no_command(self):
        with self.assertRaisesRegex(ShorelineError, "USAGE: There is no nowhere-to-be-found on the path. Install Node"):
            Client("http://d", command=["nowhere-to-be-found"]).train("s", "spine.csv", "x.parquet")


if __name__ == "__main__":
    unittest.main()
