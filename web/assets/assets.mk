# "make assets" rebuilds what web/assets/dist and the generated templates hold. Both are committed: only someone who
# changes a style sheet, a script or a template needs Node and this target.

ASSETS := web/assets
DIST := $(ASSETS)/dist

.PHONY: assets
assets:
	npm ci --no-audit --no-fund
	rm -rf $(DIST) && mkdir -p $(DIST)
	npx tailwindcss --input $(ASSETS)/src/app.css --output $(DIST)/app.css --minify
	cp $(ASSETS)/src/*.js $(ASSETS)/src/*.svg $(DIST)/
	cp node_modules/htmx.org/dist/htmx.min.js $(DIST)/htmx.js
	cp node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2 $(DIST)/figtree.woff2
	cat $(ASSETS)/src/licenses.txt node_modules/@fontsource-variable/figtree/LICENSE > $(DIST)/licenses.txt
	go tool templ generate -path web/view
