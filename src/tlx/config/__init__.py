"""Settings: from the command line, `TLX_*` variables, the config file and the defaults; the first wins."""


class ConfigError(Exception):
    """A setting cannot be used; the text names it and what is expected."""
