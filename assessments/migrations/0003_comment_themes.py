from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("assessments", "0002_links_and_mail_rounds"),
    ]

    operations = [
        migrations.AddField(
            model_name="comment",
            name="themes",
            field=models.JSONField(blank=True, default=list),
        ),
    ]
