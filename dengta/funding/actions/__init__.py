"""Writes of funding, one module per matter. All money goes through the ledger."""
