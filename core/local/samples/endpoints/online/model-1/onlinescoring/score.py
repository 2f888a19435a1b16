"""Scores rows of ten numbers with the linear regression in regression.json.

The server calls init() once, then run() with the body of each request:

    {"data": [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]}  ->  [minutes of that tour]
"""
import json
import logging
import math
import os

model = None


def init():
    """Loads the coefficients from the folder that the deployment's model was put into."""
    global model
    path = os.path.join(os.environ["AZUREML_MODEL_DIR"], "model", "regression.json")
    with open(path, encoding="utf-8") as file:
        model = json.load(file)
    logging.info("model %s version %d loaded from %s", model["name"], model["version"], path)


def rows_of(raw_data):
    """The rows of a request, or a ValueError that says what is wrong with it."""
    try:
        data = json.loads(raw_data)["data"]
    except (ValueError, TypeError, KeyError):
        raise ValueError('the body must be JSON like {"data": [[10 numbers], ...]}') from None
    width = len(model["coefficients"])
    if not isinstance(data, list) or not data:
        raise ValueError('"data" must be a list with at least one row')
    for at, row in enumerate(data):
        if not isinstance(row, list) or len(row) != width:
            raise ValueError("row %d of \"data\" must be a list of %d numbers" % (at, width))
        for value in row:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ValueError("row %d of \"data\" has %r, which is no number" % (at, value))
            if not math.isfinite(value):
                raise ValueError("row %d of \"data\" has %r, which is not finite" % (at, value))
    return data


def predict(row):
    return model["intercept"] + sum(b * x for b, x in zip(model["coefficients"].values(), row))


def run(raw_data):
    """One prediction for each row."""
    try:
        rows = rows_of(raw_data)
    except ValueError as error:
        logging.error("request refused: %s", error)
        raise
    answer = [predict(row) for row in rows]
    logging.info("model 1 scored %d rows: %s", len(rows), ", ".join("%.2f" % a for a in answer[:5]))
    return answer
