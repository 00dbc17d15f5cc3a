python3 -m venv .venv
. .venv/bin/activate
python -m pip install tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6
