"""Write e-mail addresses in lower case, as the sign-in looks for them; which letters were capital is not kept."""

from django.db import migrations
from django.db.models.functions import Lower


def lower(apps, schema_editor):
    apps.get_model("organisation", "Person").objects.exclude(email=None).update(email=Lower("email"))


class Migration(migrations.Migration):
    dependencies = [("organisation", "0004_leavers")]

    operations = [migrations.RunPython(lower, migrations.RunPython.noop)]
