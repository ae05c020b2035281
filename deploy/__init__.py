"""How the deployables are put to work: their list, their settings, their databases."""
