// Calls the API by turns through a sidecar of its own and through the broker that runs this program, for so many seconds and
// calls: mixed SECONDS CALLS ISSUER CLIENT_ID LOOPKEY... Prints a line of JSON for each way.
package main

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"example.com/notes/sidecar"
)

type way struct {
	Through  string   `json:"through"`
	Calls    int      `json:"calls"`
	Failures []string `json:"failures"`
	call     func() (float64, error)
}

func brokerBase() string {
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "LOOPKEY_BROKER_") {
			return value
		}
	}
	panic("no broker")
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	seconds, least := must(strconv.ParseFloat(os.Args[1], 64)), must(strconv.Atoi(os.Args[2]))
	issuer, base := os.Args[3], brokerBase()
	s := must(sidecar.Start(os.Args[5:], func(sidecar.Object) {}))
	config := sidecar.Object{"issuer": issuer, "clientId": os.Args[4]}
	must(s.Call("initialize", sidecar.Object{"protocolVersion": 1, "appName": "loopkey", "config": config}))
	ways := []*way{
		{Through: "sidecar", Failures: []string{}, call: func() (float64, error) {
			answer, err := s.Call("fetch", sidecar.Object{"url": issuer + "/api/notes"})
			status, _ := answer["status"].(float64)
			return status, err
		}},
		{Through: "broker", Failures: []string{}, call: func() (float64, error) {
			answer, err := http.Get(base + "/api/notes")
			if err != nil {
				return 0, err
			}
			return float64(answer.StatusCode), answer.Body.Close()
		}},
	}
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	for tries := 0; time.Now().Before(end) || tries < least; tries++ {
		for _, each := range ways {
			if status, err := each.call(); err != nil {
				each.Failures = append(each.Failures, err.Error())
			} else if status != 200 {
				each.Failures = append(each.Failures, fmt.Sprint("The API answered ", status))
			} else {
				each.Calls++
			}
		}
		time.Sleep(time.Duration(20+rand.Intn(230)) * time.Millisecond)
	}
	for _, each := range ways {
		fmt.Println(string(must(json.Marshal(each))))
	}
	if err := s.End(); err != nil {
		panic(err)
	}
}
