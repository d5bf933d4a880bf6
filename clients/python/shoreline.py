"""Shoreline from Python: features as they are served, and training sets as they were known.

One file, for Python 3.9 and later, on the standard library alone: copy it beside your code, or put its folder on the
path.

    from shoreline import Client

    client = Client("https://features.example.com", key=os.environ["SHORELINE_KEY"])
    row = client.get("flight_delay", {"origin": "SFO", "destination": "JFK"})
    training = client.train("flight_delay", "flights.parquet", "out/flights.parquet", timestamp="scheduled_at")
    frame = pandas.read_parquet(training.path, dtype_backend="pyarrow")

Training runs the command ``shoreline``, which needs Node and the feature repository; serving needs neither.
"""

from __future__ import annotations

import base64
import datetime
import email.utils
import http.client
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union, overload

__all__ = ["Client", "ShorelineError", "TrainingSet"]

Row = Mapping[str, Any]
Instant = Union[str, datetime.date]
"""RFC 3339 text, a day, or a ``datetime`` with its time zone."""
Spine = Union[str, "os.PathLike[str]", Tuple[Instant, Instant, str]]


class ShorelineError(Exception):
    """What went wrong, and what would be right.

    code: as the deployment says it, such as ``UNKNOWN_NAME``, ``INVALID``, ``RATE_LIMITED`` or ``UNAVAILABLE``;
        ``UNREACHABLE`` and ``TIMEOUT`` where it did not answer. Of ``train``: ``FAILED``, ``USAGE`` or
        ``CHECK_FAILED``, by the command's exit code.
    message: one paragraph that names the field, the value and the fix.
    details: what the message speaks of, for programs.
    status: of HTTP, or None.
    request_id: to find the request in the deployment's log, or None.
    """

    def __init__(
        self,
        code: str,
        message: str,
        details: Optional[Mapping[str, Any]] = None,
        *,
        status: Optional[int] = None,
        request_id: Optional[str] = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details: Dict[str, Any] = dict(details or {})
        self.status = status
        self.request_id = request_id


class TrainingSet(NamedTuple):
    """A training set that was written."""

    manifest: Dict[str, Any]
    """What it is, field by field as ``docs/training.md`` says; ``manifest["manifest"]`` is the file with it."""
    path: str
    """The file with the rows; of a split the one for training."""

    @property
    def files(self) -> Dict[str, str]:
        """Paths by part: ``train``, ``validation``, ``test``; or ``all`` where nothing is split."""
        folder = os.path.dirname(self.path)
        return {one["part"] or "all": os.path.join(folder, one["file"]) for one in self.manifest["files"]}


class Client:
    """A deployment.

    url: where it is, such as ``https://features.example.com``.
    key: an API key with the scope ``features:read``; of ``train`` with ``registry:read`` and ``sync:write``.
    timeout: seconds that a request may take, asking again included. Training takes what it takes.
    retries: how often a request is asked again that was not answered, or with 429 or 503.
    command: what runs the command line. Without Node on the path: ``["/path/to/node", ".../shoreline.mjs"]``.
    cwd: the folder of the feature repository, where the command runs; the current one when left out.
    """

    def __init__(
        self,
        url: str,
        key: Optional[str] = None,
        *,
        timeout: float = 10.0,
        retries: int = 3,
        command: Sequence[str] = ("npx", "--no", "shoreline"),
        cwd: Union[str, "os.PathLike[str]", None] = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._timeout = timeout
        self._retries = retries
        self._command = list(command)
        self._cwd = cwd

    @overload
    def get(self, service: str, rows: Row, **options: Any) -> Dict[str, Any]: ...

    @overload
    def get(self, service: str, rows: Sequence[Row], **options: Any) -> List[Dict[str, Any]]: ...

    def get(
        self, service: str, rows: Union[Row, Sequence[Row]], **options: Any
    ) -> Union[Dict[str, Any], List[Dict[str, Any]]]:
        """The features of one row, or of up to 1,000, in their order.

        service: ``flight_delay``, or ``flight_delay@2`` for a model that was built for that version.
        rows: join keys and request-time values by name: one mapping, or a sequence of them. ``datetime`` needs its time
            zone; ``date``, ``UUID``, ``bytes`` and the numbers of numpy are written as the deployment reads them.
        options: as ``POST /v1/features`` takes them: ``full_names=True``, ``shared={...}``, ``max_age="1h"``,
            ``strict=True``.

        Returns a dict of features by name for one row, a list of dicts for several. int64 is an exact int of any size;
            a float that is whole may come as an int, as JSON writes it; a timestamp is RFC 3339 text in UTC, a date ISO
            text, bytes base64; NaN and the infinities are the texts "NaN", "Infinity" and "-Infinity". None is a value
            that is null, was not found or is too old: which of these, ``ask`` tells.

        Raises ShorelineError: UNKNOWN_NAME for a service that is not there, INVALID for a row, naming its field;
            UNAVAILABLE, RATE_LIMITED, UNREACHABLE or TIMEOUT when asking again did not help.
        """
        one = isinstance(rows, Mapping)
        answer = self.ask(service, [rows] if isinstance(rows, Mapping) else rows, **options)
        features: List[Dict[str, Any]] = answer["rows"]
        if "shared" in answer:
            features = [{**answer["shared"], **row} for row in features]
        return features[0] if one else features

    def ask(self, service: str, rows: Sequence[Row], **options: Any) -> Dict[str, Any]:
        """The whole answer: ``rows`` beside ``revision``, ``views``, ``degraded``, and under ``issues`` each value that
        is not present with its status. ``metadata="full"`` adds the status of each. Parameters and errors are those
        of ``get``.
        """
        body = {**options, "service": service, "rows": list(rows)}
        return self._post("/v1/features", _jsonable(body, "the request"))

    def train(
        self,
        service: Optional[str],
        spine: Spine,
        out: Union[str, "os.PathLike[str]"],
        *,
        features: Optional[Sequence[str]] = None,
        timestamp: Optional[str] = None,
        name: Optional[str] = None,
        local: bool = False,
        format: Optional[str] = None,
        as_known: bool = False,
        full_names: bool = False,
        statuses: bool = False,
        split: Optional[str] = None,
        split_by: Optional[Sequence[str]] = None,
        seed: Optional[int] = None,
        types: Optional[Mapping[str, str]] = None,
        as_of: Optional[Instant] = None,
        memory: Optional[str] = None,
        quiet: bool = False,
    ) -> TrainingSet:
        """A training set: features beside every row of the spine, as they were known at its instant.

        service: ``flight_delay`` or ``flight_delay@2``; None with ``features=["airport_delays:avg_delay_7d", ...]``.
        spine: rows with join keys and an instant, in a file (Parquet, CSV, NDJSON; here, or ``r2://bucket/path``); or
            one query over registered sources, which begins with SELECT, WITH or FROM; or ``(first, last, every)``, as
            in ``("2001-06-01", "2001-07-01", "1d")``: every entity that is active at each of these instants.
        out: what is written, ending in .parquet, .csv or .arrow; the manifest lies beside it.
        timestamp: the spine's column with the instants, ``event_timestamp`` when left out.
        name: what it is registered as, the service's name when left out. ``local=True`` registers nothing.
        as_known: leave out rows that were created after the instant, as backfills are.
        statuses: a status of every value and the event timestamp of every view as columns.
        split: ``time:0.8`` or ``random:0.8/0.1/0.1``; ``split_by`` names columns whose values stay together, [] for
            none.
        types: of other columns of a text spine, ``{"late": "bool"}``.
        as_of: taken for now. memory: what it may take of this machine, ``4GB`` when left out.
        quiet: nothing on standard error; else a line for each phase that is done.

        Returns the manifest and the path of the rows. Raises ShorelineError with the text of the command.
        """
        given = {"timestamp": timestamp, "name": name, "format": format, "split": split, "seed": seed, "memory": memory}
        options = [part for flag, value in given.items() if value is not None for part in (f"--{flag}", str(value))]
        switches = {"local": local, "as-known": as_known, "full-names": full_names, "statuses": statuses}
        options += [f"--{flag}" for flag, on in switches.items() if on]
        if features is not None:
            options += ["--features", ",".join(features)]
        if split_by is not None:
            options += ["--split-by", ",".join(split_by) or "row"]
        if types:
            options += ["--types", ",".join(f"{column}:{type}" for column, type in types.items())]
        if as_of is not None:
            options += ["--as-of", _instant(as_of)]
        file = os.path.abspath(os.fspath(out))
        manifest = self._run(
            [*([service] if service is not None else []), *_spine(spine), "--out", file, *options], quiet
        )
        first = manifest["files"][0]["file"]
        return TrainingSet(manifest, os.path.join(os.path.dirname(file), first))

    def _post(self, path: str, body: Any) -> Dict[str, Any]:
        data = json.dumps(body, allow_nan=False, separators=(",", ":")).encode()
        headers = {"content-type": "application/json"}
        if self._key is not None:
            headers["authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method="POST")
        end = time.monotonic() + self._timeout
        attempt = 0
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise ShorelineError("TIMEOUT", f"{self.url} did not answer within {self._timeout:g} s.")
            try:
                with urllib.request.urlopen(request, timeout=left) as answer:
                    found: Dict[str, Any] = json.loads(answer.read())
                    return found
            except urllib.error.HTTPError as refused:
                with refused:
                    failure = _refusal(refused)
                wait = _retry_after(refused.headers.get("retry-after")) if refused.code in (429, 503) else None
                if refused.code not in (429, 503):
                    raise failure from None
            except (OSError, http.client.HTTPException, json.JSONDecodeError) as failed:
                reason = getattr(failed, "reason", None) or failed
                late = isinstance(reason, TimeoutError) or "timed out" in str(reason)
                failure = (
                    ShorelineError("TIMEOUT", f"{self.url} did not answer within {self._timeout:g} s.")
                    if late
                    else ShorelineError("UNREACHABLE", f"{self.url} could not be asked: {reason}.")
                )
                wait = None
            if wait is None:
                wait = 0.1 * 2**attempt * (0.5 + random.random() / 2)
            attempt += 1
            if attempt > self._retries or time.monotonic() + wait >= end:
                raise failure
            time.sleep(wait)

    def _run(self, arguments: Sequence[str], quiet: bool) -> Dict[str, Any]:
        program = shutil.which(self._command[0])
        if program is None:
            raise ShorelineError(
                "USAGE",
                f"There is no {self._command[0]} on the path. Install Node 20 or later, or say with command=[...] what "
                "runs shoreline.",
            )
        # A key on the command line would be seen by everyone on this machine.
        environment = {**os.environ, "SHORELINE_URL": self.url}
        if self._key is not None:
            environment["SHORELINE_KEY"] = self._key
        process = subprocess.Popen(
            [program, *self._command[1:], "train", *arguments, "--json", "--progress"],
            cwd=self._cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert process.stdout and process.stderr
        stdout, stderr = process.stdout, process.stderr
        output: List[str] = []
        reader = threading.Thread(target=lambda: output.append(stdout.read()), daemon=True)
        reader.start()
        said: List[str] = []
        try:
            for line in stderr:
                if not _PROGRESS.match(line):
                    said.append(line)
                elif not quiet:
                    sys.stderr.write(line)
                    sys.stderr.flush()
            code = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            reader.join()
            stdout.close()
            stderr.close()
        if code == 0:
            manifest: Dict[str, Any] = json.loads(output[0])
            return manifest
        text = "".join(said).strip() or f"shoreline train ended with {code} and said nothing."
        raise ShorelineError({2: "USAGE", 3: "CHECK_FAILED"}.get(code, "FAILED"), text, {"exit_code": code})


_PROGRESS = re.compile(r"^.{36,}? +\d+\.\d+ s  ")
"""A phase that is done: its name, the seconds, what came of it."""

_QUERY = re.compile(r"^\s*(select|with|from)\s", re.IGNORECASE)


def _spine(spine: Spine) -> List[str]:
    if isinstance(spine, tuple):
        if len(spine) != 3:
            raise ShorelineError(
                "USAGE", 'Write a spine of entities as (first, last, every), as in ("2001-06-01", "2001-07-01", "1d").'
            )
        first, last, every = spine
        return ["--between", _instant(first), _instant(last), "--every", every]
    text = os.fspath(spine)
    if isinstance(spine, str) and _QUERY.match(spine):
        return ["--spine-sql", spine]
    return ["--spine", text if "://" in text else os.path.abspath(text)]


def _instant(value: Instant) -> str:
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ShorelineError("INVALID", f"{value!r} has no time zone. Write datetime(..., tzinfo=timezone.utc).")
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None).isoformat() + "Z"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def _jsonable(value: Any, where: str) -> Any:
    """As the deployment reads it; ``where`` is for the error."""
    if value is None or isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN"
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            raise ShorelineError(
                "INVALID", f"{where} is a datetime without a time zone. Write datetime(..., tzinfo=timezone.utc)."
            )
        return _instant(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {str(name): _jsonable(one, str(name)) for name, one in value.items()}
    if hasattr(value, "tolist"):  # numbers and arrays of numpy
        return _jsonable(value.tolist(), where)
    if isinstance(value, Sequence):
        return [_jsonable(one, where) for one in value]
    raise ShorelineError("INVALID", f"{where} is a {type(value).__name__}, which is no value of a feature.")


def _refusal(refused: urllib.error.HTTPError) -> ShorelineError:
    text = refused.read().decode("utf-8", "replace")
    try:
        body = json.loads(text)
        error = body["error"]
        return ShorelineError(
            str(error["code"]),
            str(error["message"]),
            error.get("details"),
            status=refused.code,
            request_id=body.get("request_id"),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        # Not ours: a proxy's, or another server's.
        return ShorelineError(
            "UNAVAILABLE" if refused.code in (429, 503) else "HTTP_ERROR",
            f"{refused.url} answered {refused.code}: {text[:200] or refused.reason}",
            status=refused.code,
        )


def _retry_after(value: Optional[str]) -> Optional[float]:
    """Seconds, or a date as HTTP writes it."""
    if value is None:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
