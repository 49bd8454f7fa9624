"""The states of a customer by the plain rule. Apart from the models: the loader goes by it and must not load them."""

CHURNED_DAYS = 90
"""Without a purchase for longer a customer is churned; who never bought is neither churned nor active."""
ACTIVE, CHURNED, NEVER_PURCHASED = "active", "churned", "never_purchased"
