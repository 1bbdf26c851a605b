"""Verified emissions of enterprises: from a table to what oracles sign for the contract Emissions."""
