// node::ObjectWrap as Node had it up to 24.18. From 24.19 on its destructor calls RemoveEnvironmentCleanupHook, which aborts the
// process when a garbage collection runs outside of JavaScript: better-sqlite3 before 13 then dies at random (seen in kill -9 tests on
// 24.21). Its prebuilt binaries are made with older headers; where it is compiled, scripts/native-flags.mjs puts this file in their place.
// To be removed with better-sqlite3 13, which needs Node 22.
#ifndef MESHWRIGHT_OBJECT_WRAP_H_
#define MESHWRIGHT_OBJECT_WRAP_H_

#include <node.h>

namespace node {

class ObjectWrap {
 public:
  ObjectWrap() = default;

  virtual ~ObjectWrap() {
    if (handle_.IsEmpty()) return;
    handle_.ClearWeak();
    handle_.Reset();
  }

  template <class T>
  static T* Unwrap(v8::Local<v8::Object> object) {
    return static_cast<T*>(static_cast<ObjectWrap*>(object->GetAlignedPointerFromInternalField(0)));
  }

  v8::Local<v8::Object> handle() { return handle(v8::Isolate::GetCurrent()); }

  v8::Local<v8::Object> handle(v8::Isolate* isolate) { return v8::Local<v8::Object>::New(isolate, handle_); }

  v8::Persistent<v8::Object>& persistent() { return handle_; }

 protected:
  void Wrap(v8::Local<v8::Object> object) {
    object->SetAlignedPointerInInternalField(0, this);
    handle_.Reset(v8::Isolate::GetCurrent(), object);
    MakeWeak();
  }

  void MakeWeak() { handle_.SetWeak(this, Collected, v8::WeakCallbackType::kParameter); }

  virtual void Ref() {
    handle_.ClearWeak();
    refs_++;
  }

  virtual void Unref() {
    if (--refs_ == 0) MakeWeak();
  }

  int refs_ = 0;

 private:
  static void Collected(const v8::WeakCallbackInfo<ObjectWrap>& data) {
    ObjectWrap* wrap = data.GetParameter();
    wrap->handle_.Reset();
    delete wrap;
  }

  v8::Persistent<v8::Object> handle_;
};

}  // namespace node

#endif
