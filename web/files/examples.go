package files

// The examples of the API's description speak of one file.
const (
	exampleID     = "5f1d7a84c0b94e6aa2d3b7c1e8f09a64"
	exampleURL    = "https://storage.example.com/acme-files/uploads/" + exampleID + "?X-Goog-Signature=8d1f"
	exampleStored = `{"id":"` + exampleID + `","name":"report.txt","size":5,"type":"text/plain","state":"stored",` +
		`"generation":1772443800000000,"crc32c":2591144780,"owner":"q3VfX0m2YbT8sKdW1nRzE5uHcJa7",` +
		`"created":"2026-03-02T09:30:00Z","stored":"2026-03-02T09:30:04Z","version":1,"inspection":{"state":"asked","at":"2026-03-02T09:30:00Z","deadline":"2026-03-02T10:30:04Z","mayAsk":false}}`
	exampleAsked = exampleStored
)
