// Counters: the table of everything that Holdfast counts about packets, and the values that hold the counts.
//
//     TapCounter, CaptureCounter   the table: each counter with its role, its unit and its help text
//     Counts                       a value: one number for each counter of a table
//     CounterCells                 the counts of one thread, readable by all threads
//
// Everything that shows a counter takes it from the table: the fields of log lines, the status in JSON, the metrics,
// and the columns of `holdfast status`. The balances I2 and I3 are sums over the roles in a table.
//
// The module imports only the standard library, so the data plane, the control plane and the tools share it. Its types
// are public and not `package`: the optimizer specializes generic code of another module only for public types, and
// the drain thread counts every packet with it.
