"""What operators need: a look at the health of an installation, backups that can be restored, figures to watch."""
