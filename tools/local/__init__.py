"""The real stack on one machine: built, deployed to an emulator, filled with sample calls and served."""
