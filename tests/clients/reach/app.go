// An app with net/http as its author wrote it, which knows nothing of an emulator: no address, no
// option, no variable but its key. Prints what each prompt came to, as JSON.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

func send(method, address string, body any) (int, []byte) {
	text, _ := json.Marshal(body)
	request, err := http.NewRequest(method, address, bytes.NewReader(text))
	if err != nil {
		panic(err)
	}
	if body == nil {
		request, _ = http.NewRequest(method, address, nil)
	}
	request.Header.Set("x-key", os.Getenv("BFL_API_KEY"))
	request.Header.Set("content-type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	return response.StatusCode, data
}

type task struct {
	PollingURL string `json:"polling_url"`
	Status     string `json:"status"`
	Result     struct {
		Sample string `json:"sample"`
	} `json:"result"`
}

func outcome(prompt string) map[string]any {
	status, data := send("POST", "https://api.bfl.ai/v1/flux-dev",
		map[string]any{"prompt": prompt, "width": 512, "height": 256})
	if status != 200 {
		return map[string]any{"no": status}
	}
	var made, now task
	_ = json.Unmarshal(data, &made)
	for now.Status != "Ready" {
		_, data = send("GET", made.PollingURL, nil)
		now = task{}
		_ = json.Unmarshal(data, &now)
		if now.Status != "Ready" && now.Status != "Pending" && now.Status != "Queued" {
			return map[string]any{"no": now.Status}
		}
		time.Sleep(10 * time.Millisecond)
	}
	link, _ := url.Parse(now.Result.Sample)
	status, data = send("GET", now.Result.Sample, nil)
	if status != 200 {
		return map[string]any{"link": status, "host": link.Host}
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	return map[string]any{"width": size.Width, "height": size.Height, "host": link.Host}
}

func main() {
	out := map[string]any{}
	for _, prompt := range []string{"a lighthouse", "refused", "moderated", "dead link"} {
		out[prompt] = outcome(prompt)
	}
	text, _ := json.Marshal(out)
	fmt.Println(string(text))
}
