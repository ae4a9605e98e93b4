package plugins

import "plugin" // want "bypass: import of plugin"

func Load(name string) { _, _ = plugin.Open(name) }
