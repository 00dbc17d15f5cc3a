python3 -m venv .venv
. .venv/bin/activate
python -m pip install keras==3.15.1 jax==0.10.2 numpy==2.4.6
