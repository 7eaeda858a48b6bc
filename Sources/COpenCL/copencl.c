#include "copencl.h"

#include <dlfcn.h>
#include <stdio.h>

static _Thread_local char message[512];

const char *hr_opencl_load(const char *path, hr_opencl *table) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *reason = dlerror();
        snprintf(message, sizeof message, "%s", reason != NULL ? reason : path);
        return message;
    }
    // A missing function is told by name; the library stays loaded, because drivers do not survive being unloaded.
#define FIND(NAME)                                                                          \
    table->NAME = (__typeof__(table->NAME))dlsym(library, #NAME);                           \
    if (table->NAME == NULL) {                                                              \
        snprintf(message, sizeof message, "%s has no function %s", path, #NAME);            \
        return message;                                                                     \
    }
    FIND(clGetPlatformIDs) FIND(clGetPlatformInfo) FIND(clGetDeviceIDs) FIND(clGetDeviceInfo)
    FIND(clCreateContext) FIND(clReleaseContext) FIND(clCreateCommandQueue) FIND(clReleaseCommandQueue)
    FIND(clCreateBuffer) FIND(clReleaseMemObject)
    FIND(clCreateProgramWithSource) FIND(clCreateProgramWithBinary) FIND(clBuildProgram) FIND(clGetProgramInfo)
    FIND(clGetProgramBuildInfo) FIND(clReleaseProgram) FIND(clCreateKernel) FIND(clSetKernelArg) FIND(clReleaseKernel)
    FIND(clEnqueueNDRangeKernel) FIND(clEnqueueReadBuffer) FIND(clEnqueueWriteBuffer) FIND(clEnqueueFillBuffer)
    FIND(clWaitForEvents) FIND(clGetEventProfilingInfo) FIND(clReleaseEvent) FIND(clFlush) FIND(clFinish)
#undef FIND
    return NULL;
}
