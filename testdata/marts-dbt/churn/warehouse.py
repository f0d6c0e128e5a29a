"""Where the warehouse is."""

ADDRESS = "postgresql://warehouse.telco.example/prod"
