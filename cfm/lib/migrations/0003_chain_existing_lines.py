import hashlib
import json
from datetime import UTC

from django.db import migrations


def chain(apps, schema_editor):
    """Give the lines written so far their hashes, in their order; the formula is that of cfm/lib/audit.py."""
    before = "0" * 64
    for event in apps.get_model("lib", "AuditEvent").objects.order_by("pk").iterator():
        at = event.at.astimezone(UTC).isoformat(timespec="microseconds")
        told = [before, at, event.actor, event.action, event.subject, event.details]
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        event.previous, event.digest = before, hashlib.sha256(text.encode()).hexdigest()
        event.save(update_fields=["previous", "digest"])
        before = event.digest


class Migration(migrations.Migration):
    dependencies = [("lib", "0002_audit_chain")]

    operations = [migrations.RunPython(chain, migrations.RunPython.noop)]
