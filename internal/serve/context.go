package serve

import (
	"context"
	"iter"
	"sync/atomic"
	"time"
)

// calls creates the contexts for the calls to one server.
type calls struct {
	newest atomic.Pointer[context.Context] // the context of the newest call
}

// begin returns the context that the framework gets for a call, and a function to run when the call ends. During the
// call, the context has the values and the deadline of parent, and is cancelled with it. When the call ends, the
// context is cancelled and no longer refers to parent.
func (c *calls) begin(parent context.Context) (ctx context.Context, end func()) {
	c.newest.Store(&parent)
	values := &callValues{calls: c}
	values.parent.Store(&parent)
	ctx, cancel := context.WithCancelCause(values)
	stop := context.AfterFunc(parent, func() { cancel(context.Cause(parent)) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
		values.parent.Store(nil)
	}
}

// callValues is a context with the values and the deadline of another context, from which it can be separated.
//
// Some work is shared by several calls, such as polling a zone. It keeps the context of the call that started it, and
// may outlive that call. Such work still needs a logger. So after the call has ended, the context returns the values
// of the newest call. This keeps one context alive, and not one for each call.
type callValues struct {
	calls  *calls
	parent atomic.Pointer[context.Context] // nil once the call has ended
}

// Deadline implements context.Context.
func (v *callValues) Deadline() (deadline time.Time, ok bool) {
	if parent := v.parent.Load(); parent != nil {
		return (*parent).Deadline()
	}
	return time.Time{}, false
}

// Done implements context.Context. It returns nil because begin wraps this context in one that can be cancelled.
func (v *callValues) Done() <-chan struct{} { return nil }

// Err implements context.Context.
func (v *callValues) Err() error { return nil }

// Value implements context.Context.
func (v *callValues) Value(key any) any {
	if parent := v.parent.Load(); parent != nil {
		return (*parent).Value(key)
	}
	if newest := v.calls.newest.Load(); newest != nil {
		return (*newest).Value(key)
	}
	return nil
}

// call makes a call whose work is done when the method returns.
func call[Request, Response any](ctx context.Context, c *calls, method func(context.Context, Request) (Response, error), request Request) (Response, error) {
	ctx, end := c.begin(ctx)
	defer end()
	return method(ctx, request)
}

// stream makes a call that answers with a stream. The framework does the work while the stream is read, so the call
// ends when the reader reaches the end or stops reading.
func stream[Request, Response, Item any](ctx context.Context, c *calls, method func(context.Context, Request) (Response, error), request Request,
	items func(Response) *iter.Seq[Item],
) (Response, error) {
	ctx, end := c.begin(ctx)
	response, err := method(ctx, request)
	if err != nil {
		end()
		return response, err
	}
	all := items(response)
	read := *all
	*all = func(yield func(Item) bool) {
		defer end()
		read(yield)
	}
	return response, nil
}
