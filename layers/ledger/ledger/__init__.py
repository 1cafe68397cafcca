"""What the functions of Usage Ledger share."""

import decimal

# Sums of money are never rounded: 64 digits hold the sum of more calls than there can be.
decimal.DefaultContext.prec = 64
decimal.setcontext(decimal.DefaultContext.copy())
