python3 -m venv .venv
. .venv/bin/activate
python -m pip install numpy==2.4.6
