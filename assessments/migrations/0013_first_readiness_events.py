"""Entries of before the history was kept begin it with what they say now, on the day they were changed last."""

from django.db import migrations


def begin(apps, schema_editor):
    entry = apps.get_model("assessments", "ReadinessEntry")
    event = apps.get_model("assessments", "ReadinessEvent")
    event.objects.bulk_create(
        [
            event(
                entry=one,
                state=one.state,
                evidence=one.evidence,
                note=one.note,
                by_id=one.changed_by_id,
                at=one.changed_at,
            )
            for one in entry.objects.order_by("changed_at", "pk")
        ],
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("assessments", "0012_readiness_history")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
