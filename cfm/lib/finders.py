"""Static files of installed wheels (Bootstrap, plotly.js): nothing of theirs is copied into the tree."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage

# address below STATIC_URL → wheel and folder in it, files
WHEEL_FILES: Final = {
    "plotly": ("plotly", "package_data", ("plotly.min.js",)),
    "bootstrap": ("django_include_bootstrap", "static/css", ("bootstrap.min.css", "bootstrap.min.css.map")),
}


def wheel_folder(package: str, folder: str) -> Path:
    """Return a folder inside an installed package, without importing it. Raises ValueError if it is missing."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"The package {package} is not installed.")
    return Path(spec.submodule_search_locations[0]) / folder


class WheelFinder(BaseFinder):
    """Finds the files of `WHEEL_FILES`, such as `plotly/plotly.min.js`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storages = {name: self._storage(name) for name in WHEEL_FILES}

    @staticmethod
    def _storage(name: str) -> FileSystemStorage:
        package, folder, _files = WHEEL_FILES[name]
        storage = FileSystemStorage(location=wheel_folder(package, folder))
        storage.prefix = name  # type: ignore[attr-defined]  # read by collectstatic and whitenoise
        return storage

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to configure, so nothing to report."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the absolute path of a static file, or an empty list; a list of paths with `find_all`."""
        name, _slash, file = path.partition("/")
        if name not in WHEEL_FILES or file not in WHEEL_FILES[name][2]:
            return []
        found = self.storages[name].path(file)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        """Yield (file, storage) of every file."""
        for name, (_package, _folder, files) in WHEEL_FILES.items():
            for file in files:
                if not matches_patterns(file, ignore_patterns or []):
                    yield file, self.storages[name]
