"""What reports write: board packs and their mailing. Figures are never written here."""
