"""The version of Composer; part of every cache key, so that a new version never shows an old version's mattes."""

VERSION = "0.1.0"
