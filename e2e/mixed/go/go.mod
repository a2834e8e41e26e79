module example.com/mixed

go 1.21

require example.com/notes v0.0.0

replace example.com/notes => ../../../examples/sidecar/go
