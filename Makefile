# Two commands are all a user needs: `make demo` and `make test`. `make check` and `make browser` are for developers.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: demo test check browser torture fuzz bench lock clean

demo: .venv/users
	$(BIN)/python manage.py demo $(ARGS)

test: .venv/developers
	$(BIN)/python scripts/run_tests.py $(ARGS)

check: .venv/developers
	$(BIN)/python scripts/check.py

browser: .venv/developers
	$(BIN)/python -m pytest tests/browser -n 1 $(ARGS)

torture: .venv/developers
	$(BIN)/python -m tests.torture

fuzz: .venv/developers
	$(BIN)/python -m tests.fuzz $(ARGS)

bench: .venv/developers
	for file in benchmarks/*.py; do PYTHONPATH=. $(BIN)/python $$file || exit 1; done

lock: .venv/developers
	$(BIN)/python scripts/lock.py

clean:
	rm -rf .venv var

.venv/users: requirements.txt
	$(PYTHON) scripts/install.py requirements.txt
	touch $@

.venv/developers: requirements.txt requirements-dev.txt
	$(PYTHON) scripts/install.py requirements-dev.txt
	touch $@ .venv/users
