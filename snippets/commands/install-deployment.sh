python3 -m venv .venv
. .venv/bin/activate
python -m pip install tensorflow==2.21.0 keras==3.15.1 numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tf2onnx==1.17.0
python -m pip install ai-edge-litert==2.3.0 fastapi==0.165.0 uvicorn==0.54.0 httpx==0.28.1 pillow==13.0.0 psutil==7.2.2
