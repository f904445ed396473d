"""Conditions in three-valued logic: packs of controls, checked at load, evaluated without side effects."""
