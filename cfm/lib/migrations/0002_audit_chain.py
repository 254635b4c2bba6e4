from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns of the chain; the next migration fills them, the one after makes them binding."""

    dependencies = [("lib", "0001_initial")]

    operations = [
        migrations.AlterField(model_name="auditevent", name="at", field=models.DateTimeField()),
        migrations.AddField(
            model_name="auditevent", name="previous", field=models.CharField(max_length=64, null=True)
        ),
        migrations.AddField(
            model_name="auditevent", name="digest", field=models.CharField(max_length=64, null=True)
        ),
    ]
