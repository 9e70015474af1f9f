"""The dashboards as code: `build.py` writes `dashboards/`, one module a dashboard, `panels.py` their common look."""
