"""Every assessment that was submitted before gets its verification code, in a step of its own: the
constraint that asks for it comes with the next migration."""

import secrets

from django.db import migrations, models

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def give_codes(apps, schema_editor):
    """Twelve signs each, as `actions.new_verify_code` gives them."""
    assessments = apps.get_model("assessment", "Assessment").objects
    for pk in assessments.filter(state="submitted", verify_code=None).values_list("pk", flat=True):
        code = "".join(secrets.choice(SIGNS) for _ in range(12))
        assessments.filter(pk=pk).update(verify_code=code)


class Migration(migrations.Migration):

    dependencies = [
        ('assessment', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='assessment',
            name='verify_code',
            field=models.CharField(blank=True, max_length=16, null=True, unique=True, verbose_name='核验码'),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
    ]
