# "make assets" rebuilds what web/assets/dist and the generated templates hold. Both are committed: only someone who
# changes a style sheet, a script, an icon or a template needs Node and this target.
#
# A feature's style sheet and icons stand in its folder. They are found here, so no list names them.

ASSETS := web/assets
DIST := $(ASSETS)/dist
SHEETS = $(sort $(wildcard web/view/*/*.css) $(wildcard web/*/*.css))
ICONS = $(sort $(wildcard web/*/icons.svg))

.PHONY: assets
assets:
	npm ci --no-audit --no-fund
	rm -rf $(DIST) && mkdir -p $(DIST)
	printf '@import "./%s";\n' $(ASSETS)/src/app.css $(SHEETS) | npx tailwindcss --input - --output $(DIST)/app.css --minify
	npx tailwindcss --input $(ASSETS)/src/entrance.css --output $(DIST)/entrance.css --minify
	cp $(ASSETS)/src/*.js $(ASSETS)/src/logo.svg $(DIST)/
	{ sed '$$d' $(ASSETS)/src/icons.svg; grep -h '<symbol' $(ICONS); echo '</svg>'; } > $(DIST)/icons.svg
	cp node_modules/htmx.org/dist/htmx.min.js $(DIST)/htmx.js
	cp node_modules/client-zip/index.js $(DIST)/client-zip.js
	cp node_modules/@fontsource-variable/figtree/files/figtree-latin-wght-normal.woff2 $(DIST)/figtree.woff2
	cat $(ASSETS)/src/licenses.txt node_modules/@fontsource-variable/figtree/LICENSE > $(DIST)/licenses.txt
	go tool templ generate -path web
