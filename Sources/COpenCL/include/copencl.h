// OpenCL 1.2 through a table of function pointers that is filled at run time: nothing links against libOpenCL, so one binary runs where
// there is none.
#pragma once
#define CL_TARGET_OPENCL_VERSION 120
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The functions that the OpenCL backend calls, named as in the standard.
typedef struct {
    __typeof__(&clGetPlatformIDs) clGetPlatformIDs;
    __typeof__(&clGetPlatformInfo) clGetPlatformInfo;
    __typeof__(&clGetDeviceIDs) clGetDeviceIDs;
    __typeof__(&clGetDeviceInfo) clGetDeviceInfo;
    __typeof__(&clCreateContext) clCreateContext;
    __typeof__(&clReleaseContext) clReleaseContext;
    __typeof__(&clCreateCommandQueue) clCreateCommandQueue;
    __typeof__(&clReleaseCommandQueue) clReleaseCommandQueue;
    __typeof__(&clCreateBuffer) clCreateBuffer;
    __typeof__(&clReleaseMemObject) clReleaseMemObject;
    __typeof__(&clCreateProgramWithSource) clCreateProgramWithSource;
    __typeof__(&clCreateProgramWithBinary) clCreateProgramWithBinary;
    __typeof__(&clBuildProgram) clBuildProgram;
    __typeof__(&clGetProgramInfo) clGetProgramInfo;
    __typeof__(&clGetProgramBuildInfo) clGetProgramBuildInfo;
    __typeof__(&clReleaseProgram) clReleaseProgram;
    __typeof__(&clCreateKernel) clCreateKernel;
    __typeof__(&clSetKernelArg) clSetKernelArg;
    __typeof__(&clReleaseKernel) clReleaseKernel;
    __typeof__(&clEnqueueNDRangeKernel) clEnqueueNDRangeKernel;
    __typeof__(&clEnqueueReadBuffer) clEnqueueReadBuffer;
    __typeof__(&clEnqueueWriteBuffer) clEnqueueWriteBuffer;
    __typeof__(&clEnqueueFillBuffer) clEnqueueFillBuffer;
    __typeof__(&clWaitForEvents) clWaitForEvents;
    __typeof__(&clGetEventProfilingInfo) clGetEventProfilingInfo;
    __typeof__(&clReleaseEvent) clReleaseEvent;
    __typeof__(&clFlush) clFlush;
    __typeof__(&clFinish) clFinish;
} hr_opencl;

/// Loads the library at `path` and fills the table.
///
/// Returns NULL, or what is wrong: the loader's message or the name of a missing function; valid until the next call on this thread.
const char *hr_opencl_load(const char *path, hr_opencl *table);

#ifdef __cplusplus
}
#endif
