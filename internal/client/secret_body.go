package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/origintls/terraform-provider-origintls/internal/certpem"
)

// secretPiece is how many bytes of a secretBody are read at once. It is less than the size of a certificate, but
// enough to send a whole body in a few frames.
const secretPiece = 256

var errErased = errors.New("the upload has ended")

// secretBody is the body of an upload. The private key in it must not stay in memory after the upload. But net/http
// and crypto/tls copy a body into buffers that they free or reuse without overwriting them. So a reader gets the body
// in pieces, and each piece overwrites the one before it in such a buffer. The certificate comes last, so in the end
// the buffers contain only parts of the certificate. If the connection breaks while the key is being sent, the piece
// that was being sent stays in memory.
type secretBody struct {
	mu      sync.Mutex
	content []byte // nil after erase
	public  int    // the index at which the certificate begins
}

func newSecretBody(bundle *certpem.Bundle, key *certpem.Key) *secretBody {
	certificate, _ := json.Marshal(bundle.PEM()) // encoding a string never fails
	keyPEM := key.PEM()
	defer clear(keyPEM)
	// Allocate enough memory for the whole body: if append had to grow it, a copy of the key would stay behind.
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

// erase overwrites the body. A transport may still be reading it, for example if the answer arrived early.
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
		content = content[:r.b.public] // no piece contains parts of both, so that the first piece of the certificate is a full one
	}
	n := copy(p, content[r.at:min(r.at+secretPiece, len(content))])
	r.at += n
	return n, nil
}

// Close implements io.Closer.
func (r *secretReader) Close() error { return nil }
