"""A webhook receiver as one would write it by hand: FastAPI, the standard library's hmac, SQLite. It answers when the
delivery is on the disk.

    RECEIVER_DB=FILE RECEIVER_SECRET=KEY uvicorn fastapi_receiver:app --port PORT
"""
import hashlib
import hmac
import json
import os
import sqlite3

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

KEY = os.environ["RECEIVER_SECRET"].encode()
app = FastAPI()

# uvicorn runs one event loop on one thread, so one connection is enough. FULL: a commit returns when it is durable.
database = sqlite3.connect(os.environ["RECEIVER_DB"], isolation_level=None)
database.execute("PRAGMA journal_mode = WAL")
database.execute("PRAGMA synchronous = FULL")
database.execute("CREATE TABLE IF NOT EXISTS delivery (name TEXT PRIMARY KEY, received TEXT DEFAULT CURRENT_TIMESTAMP, body BLOB)")


@app.post("/hooks/t")
async def receive(request: Request):
    body = await request.body()
    expected = "sha256=" + hmac.new(KEY, body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
        return JSONResponse({"error": "the signature is not right"}, status_code=403)
    json.loads(body)
    name = request.headers.get("x-github-delivery", "")
    written = database.execute("INSERT OR IGNORE INTO delivery (name, body) VALUES (?, ?)", (name, body)).rowcount
    return {"taken": written == 1}
