# Every command sets up what it needs first; what is set up already costs a second.
# Works from a clone at any path on Debian 12 with git, make and Python 3.11; root or sudo for system packages.

PYTHON ?= python3
TEST_PROCESSES ?= 2
RUN_PACKAGES := tesseract-ocr tesseract-ocr-vie tesseract-ocr-osd poppler-utils fonts-liberation2 \
                libxcb1 libgl1 libglib2.0-0
TEST_PACKAGES := postgresql rabbitmq-server redis-server softhsm2 openssl default-jre-headless maven \
                 docker-compose chromium ghostscript libjs-pdf mupdf-tools
BENCH_PACKAGES := unpaper pngquant fonts-freefont-ttf fonts-linuxlibertine fonts-sil-charis \
                  fonts-noto-core fonts-dejavu-extra fonts-open-sans fonts-roboto-unhinted fonts-dancingscript

.PHONY: help setup setup-test demo test chaos bench-scale bench-reading bench-page profile language-model check format image test-image lock clean
.NOTPARALLEL:

help:  ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup:  ## system packages, .venv and the command .venv/bin/sohoa
	@tools/system-packages $(RUN_PACKAGES)
	@tools/python-packages $(PYTHON)

setup-test: setup  ## the judges and servers that the tests use: veraPDF, SoftHSM2, databases, brokers, MinIO
	@tools/system-packages $(TEST_PACKAGES)
	@tools/verapdf/install $(PYTHON)
	@tools/minio-server $(PYTHON)

demo: setup  ## take the sample stacks through every stage; results in var/demo
	@.venv/bin/sohoa demo

check: setup  ## formatting, lint, types, import contracts
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

test: setup-test check  ## everything that must hold: check, then all tests
	.venv/bin/python -m pytest -n $(TEST_PROCESSES) --dist loadfile

chaos: setup-test  ## kill workers and servers under 200 pages, on RabbitMQ and on Redis, then audit; CHAOS="--seed 7"
	PYTHONPATH=tests .venv/bin/python -m chaos $(CHAOS)

bench-scale: setup-test  ## pages a minute with 1, 2 and 4 worker processes on each broker, and embedded; SCALE="--pages 30"
	PYTHONPATH=tests .venv/bin/python bench/scale.py $(SCALE)

bench-reading: setup  ## errors, certainty and cost of reading beside OCRmyPDF and Tesseract; READING="--quick --resume"
	@tools/system-packages $(BENCH_PACKAGES)
	PYTHONPATH=. .venv/bin/python bench/reading.py $(READING)

bench-page: setup-test  ## bytes, ink and cost of delivered pages beside OCRmyPDF and MRC; PAGE="--pages 2 --sheet s.png"
	@tools/system-packages $(BENCH_PACKAGES)
	PYTHONPATH=.:tests .venv/bin/python bench/delivered.py $(PAGE)

profile: setup  ## where the milliseconds of a page go, stage by stage; PROFILE="--pages 8 --scans FOLDER"
	PYTHONPATH=. .venv/bin/python bench/page_profile.py $(PROFILE)

language-model: setup  ## build the table of syllable pairs anew; CORPUS=texts.txt.xz
	.venv/bin/python tools/language_model.py $(CORPUS) --leave-out 9/10

format: setup  ## bring the code into its form
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

image:  ## the image of the Dockerfile, without a daemon or an image registry; as root
	@tools/system-packages buildah debootstrap
	@tools/image

test-image: setup image  ## the image, used as its ordinary user on a read-only root; as root, 5 minutes the first time
	.venv/bin/python -m pytest -m image tests/image

lock:  ## pin all packages of pyproject.toml with their hashes anew; needs uv on the path
	@command -v uv >/dev/null || { echo "make lock: uv is missing; install it with: pipx install uv" >&2; exit 1; }
	uv pip compile --generate-hashes --no-header --no-emit-index-url --python-version 3.11 \
	  --extra dev --upgrade --output-file requirements.lock pyproject.toml
	uv pip compile --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11 \
	  --constraint requirements.lock --output-file requirements-run.lock pyproject.toml

clean:  ## drop everything made here; the cache of servers outside of the tree stays
	rm -rf .venv var build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
