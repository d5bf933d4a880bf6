"""shoreline.py against the deployment that python.test.ts started: what it serves, and the same as a training set."""

import contextlib
import csv
import io
import json
import os
import tempfile
import unittest

from shoreline import Client, ShorelineError

ADA = {"visits": 9007199254740993, "score": 1.5, "city": "Köln", "seen": "2026-02-20T09:59:59.123456Z"}
NOBODY = {"visits": None, "score": None, "city": None, "seen": None}


class Deployed(unittest.TestCase):
    def setUp(self):
        command = json.loads(os.environ["SHORELINE_COMMAND"])
        folder = os.environ["SHORELINE_CWD"]
        self.client = Client(os.environ["SHORELINE_URL"], command=command, cwd=folder)

    def test_serves_exact_values(self):
        self.assertEqual(self.client.get("profile", {"user_id": "ada"}), ADA)
        self.assertEqual(self.client.get("profile", [{"user_id": "nobody"}, {"user_id": "ada"}]), [NOBODY, ADA])
        answer = self.client.ask("profile", [{"user_id": "nobody"}])
        self.assertEqual([(issue["status"], issue["rows"]) for issue in answer["issues"]], [("NOT_FOUND", [0])])

    def test_raises_what_the_deployment_says(self):
        with self.assertRaises(ShorelineError) as caught:
            self.client.get("profil", {"user_id": "ada"})
        self.assertEqual((caught.exception.code, caught.exception.status), ("UNKNOWN_NAME", 404))
        self.assertIn("profile", caught.exception.message)
        with self.assertRaisesRegex(ShorelineError, "user_id"):
            self.client.get("profile", {"user": "ada"})

    def test_trains_what_is_served(self):
        with tempfile.TemporaryDirectory() as folder:
            spine = os.path.join(folder, "spine.csv")
            with open(spine, "w", encoding="utf-8") as file:
                file.write("user_id,event_timestamp,label\nnobody,2026-02-28,0\nada,2026-02-28T12:00:00+01:00,1\n")
            out = os.path.join(folder, "out", "set.csv")
            with contextlib.redirect_stderr(io.StringIO()) as said:
                made = self.client.train("profile", spine, out, name="from_python")
            self.assertRegex(said.getvalue(), r"(?m)^the spine +\d+\.\d\d s  2 rows$")
            self.assertEqual((made.path, made.manifest["rows"], made.manifest["version"]), (out, 2, 1))
            self.assertTrue(os.path.exists(made.manifest["manifest"]))
            with open(out, encoding="utf-8", newline="") as file:
                nobody, ada = csv.DictReader(file)
            self.assertEqual((nobody["label"], nobody["visits"]), ("0", ""))
            self.assertEqual(
                (ada["label"], int(ada["visits"]), float(ada["score"]), ada["city"]), ("1", ADA["visits"], 1.5, "Köln")
            )

    def test_trains_from_a_query_and_from_instants(self):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "set.parquet")
            query = 'select user_id, "at" as event_timestamp from users'
            made = self.client.train("profile", query, out, local=True, quiet=True)
            self.assertEqual(
                (made.manifest["version"], made.manifest["spine"]["kind"], made.manifest["rows"]), (None, "sql", 2)
            )
            instants = ("2026-02-21", "2026-02-23", "1d")
            made = self.client.train("profile", instants, out, local=True, quiet=True, split="time:0.5")
            self.assertEqual((made.manifest["spine"]["kind"], sorted(made.files)), ("entities", ["test", "train"]))
            self.assertEqual(made.path, made.files["train"])
            self.assertTrue(all(os.path.exists(path) for path in made.files.values()))

    def test_raises_what_the_command_says(self):
        with self.assertRaises(ShorelineError) as caught:
            self.client.train("profile", "select 1 as user_id", "never.parquet", quiet=True)
        self.assertEqual(caught.exception.code, "FAILED")
        self.assertRegex(caught.exception.message, "^the spine has no column of the timestamp event_timestamp")


if __name__ == "__main__":
    unittest.main()
