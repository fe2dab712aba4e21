"""Findings: where the models of an application do not fit what a provider takes and gives."""
