from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from cfm.lib.worker import embedded_worker
from cfm.serve import port_number, serve


class Command(BaseCommand):
    help = "Serve the web pages and, without REDIS_URL, do the jobs, in this one process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=port_number, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()  # a database that does not answer stops the start
        with embedded_worker():
            serve(host=options["host"], port=options["port"], say=self.stdout.write)
