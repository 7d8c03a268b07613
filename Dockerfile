# The service with the model in the box: onnxruntime instead of torch, so the image is a few hundred megabytes.
#
#     docker build -t captioner . && docker run --rm -p 127.0.0.1:8000:8000 captioner
FROM python:3.12-slim AS build
COPY . /source
RUN pip wheel --no-deps --wheel-dir /wheels /source

FROM python:3.12-slim
COPY --from=build /wheels /wheels
# the libraries of docs/box.md
RUN pip install --no-cache-dir numpy pillow onnxruntime rich filelock matplotlib pycocotools 'uvicorn[standard]' fastapi prometheus-client python-multipart
RUN pip install --no-cache-dir --no-deps --no-index /wheels/*.whl && useradd --create-home captioner
USER captioner
EXPOSE 8000
STOPSIGNAL SIGTERM
# the container's own network decides who reaches it; browsers may call it localhost, or by an address
ENTRYPOINT ["captioner", "serve", "--host", "0.0.0.0", "--port", "8000"]
