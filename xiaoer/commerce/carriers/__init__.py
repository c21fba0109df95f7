"""Carriers: whose parcel a number is, and where 快递100 says that it is."""
