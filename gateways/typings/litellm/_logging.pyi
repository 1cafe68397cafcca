from logging import Logger

verbose_logger: Logger
