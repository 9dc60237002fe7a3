package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

// secretPiece is how much of a secretBody is read at once, in bytes. It is less than a certificate has, and enough for
// a whole body to go out in a few frames.
const secretPiece = 256

var errErased = errors.New("the upload has ended")

// secretBody is the body of an upload. The key in it has to leave the memory with the upload, and everything that reads
// a body copies it: net/http and crypto/tls into buffers that they free, or pool, and never overwrite. So a reader gets
// the body in pieces, each of which overwrites the former one in such a buffer, and the certificate comes last. Only
// a connection that breaks while the body is being written leaves a piece of the key, the one that was being sent.
type secretBody struct {
	mu      sync.Mutex
	content []byte // nil once it was erased
	public  int    // where the certificate begins
}

func newSecretBody(bundle *certpem.Bundle, key *certpem.Key) *secretBody {
	certificate, _ := json.Marshal(bundle.PEM()) // a string can be encoded
	keyPEM := key.PEM()
	defer clear(keyPEM)
	// There is room for everything, or append would leave copies behind.
	content := append(make([]byte, 0, 2*len(keyPEM)+len(certificate)+64), `{"private_key":"`...)
	for _, c := range keyPEM {
		if c == '\n' {
			content = append(content, '\\', 'n')
		} else {
			content = append(content, c)
		}
	}
	content = append(content, `","certificate":`...)
	b := &secretBody{public: len(content)}
	b.content = append(append(content, certificate...), '}')
	return b
}

// attach makes b the body of a request.
func (b *secretBody) attach(req *http.Request) {
	req.ContentLength = int64(len(b.content))
	req.GetBody = func() (io.ReadCloser, error) { return &secretReader{b: b}, nil }
	req.Body, _ = req.GetBody()
}

// erase overwrites the body. A transport may still be reading it: after an early answer, for example.
func (b *secretBody) erase() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.content)
	b.content = nil
}

type secretReader struct {
	b  *secretBody
	at int
}

// Read implements io.Reader.
func (r *secretReader) Read(p []byte) (int, error) {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	content := r.b.content
	switch {
	case content == nil:
		return 0, errErased
	case r.at == len(content):
		return 0, io.EOF
	case r.at < r.b.public:
		content = content[:r.b.public] // a piece has nothing of both, so the first one of the certificate is a whole one
	}
	n := copy(p, content[r.at:min(r.at+secretPiece, len(content))])
	r.at += n
	return n, nil
}

// Close implements io.Closer.
func (r *secretReader) Close() error { return nil }
