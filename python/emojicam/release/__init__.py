"""Releases: the firmware's bill of materials, the licences of everything in it, and the files of a release.

``contents`` says what an image is made of, ``sbom`` writes that as CycloneDX, ``licences`` collects the texts, and
``pack`` puts a release together. Everything is the same bytes for the same commit.
"""
