"""How it is run and watched: compose files, image, Prometheus rules, dashboards."""
