# Developers' short ways; users need only ./wire.
.PHONY: lock
lock: ## resolve and pin everything anew, for every supported Python
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra embedded pyproject.toml requirements-build.in -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra embedded --extra dev pyproject.toml requirements-build.in -c requirements.lock -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  pyproject.toml requirements-build.in -c requirements.lock -o requirements-image.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra embedded --extra bench pyproject.toml requirements-build.in -o requirements-bench.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra train pyproject.toml requirements-build.in -c requirements.lock -o requirements-train.lock
